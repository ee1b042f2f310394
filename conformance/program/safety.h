// What a program must not do to the process that runs it.
//
// Requests are built from raw words, so a program could aim a read at the runner's own memory, or
// name a descriptor that is not the program's. Such a submit is left out, on every side alike.
#pragma once

#include <cstdint>
#include <functional>

#include "conformance/program/arena.h"

namespace conformance::program {

// Whether `number` is a descriptor of the program, open or not.
using KnownNumber = std::function<bool(int)>;

// Whether submitting the iocb at `address` harms nobody but the program. An iocb that cannot be
// read harms nobody.
bool harmless_iocb(const Arena& arena, std::uint64_t address, const KnownNumber& known);

}  // namespace conformance::program
