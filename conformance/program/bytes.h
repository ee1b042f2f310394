// Programs as bytes, for fuzzers: any bytes are a program.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "conformance/program/program.h"

namespace conformance::program {

// Total: bytes that are missing are zeroes, numbers are brought into range, statements beyond
// kMaxStatements are left out. The result is canonical.
Program decode(std::span<const std::uint8_t> bytes);
// decode(encode(p)) == canonical(p).
std::vector<std::uint8_t> encode(const Program& program);

}  // namespace conformance::program
