// The byte form.
//
//   start of ctx0, start of ctx1: one byte each
//   per statement: the verb, two bytes that say which fields are mentioned, then those fields
//
// A field takes as few bytes as its kind needs. Numbers begin with a byte that picks one of the
// values at which something changes, or says how many bytes of the number follow.

#include "conformance/program/bytes.h"

#include <array>

#include "conformance/program/verbs.h"

namespace conformance::program {
namespace {

// Values at which the kernel's answer changes, or once did.
constexpr std::array<std::uint64_t, 64> kNotable{
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    16,
    62,
    63,
    100,
    120,
    126,
    127,
    128,
    255,
    256,
    511,
    512,
    1024,
    1025,
    4095,
    4096,
    8192,
    9999,
    10000,
    16384,
    65535,
    65536,
    65537,
    1000000,
    999999999,
    1000000000,
    0x7fffffff,
    0x80000000,
    0x80000001,
    0x80400000,
    0x80400001,
    0xffffffff,
    0x100000000,
    0x100000001,
    0x7ffff000,
    4194304,
    4194305,
    0x7fffffffffffffff,
    0x8000000000000000,
    0xffffffffffffffff,
    0xfffffffffffffffe,
    0x7fffffffffffefff,
    0x7ffffffffffff000,
    0x40,
    0x41,
    0x145,
    0x2000,
    0x4000,
    0x4007,
    0x6000,
    0x7fff,
    0x8000,
    0xffffffffc4653600,  // -10^9
    0x7fffffffffffff9c,
    0x10000000000,
    9223372036,
    0xa10a10a1,
};
constexpr std::uint8_t kWidths = 128;  // 128 + n: n bytes follow, n 1..8

bool is_place(Kind kind) {
  switch (kind) {
    case Kind::handle:
    case Kind::context:
    case Kind::pointer:
    case Kind::maybe:
    case Kind::array:
    case Kind::events:
    case Kind::timeout:
    case Kind::sigset:
    case Kind::mask:
      return true;
    default:
      return false;
  }
}

bool is_small(Kind kind) {
  switch (kind) {
    case Kind::number:
    case Kind::count:
    case Kind::word32:
    case Kind::word16:
    case Kind::opcode:
    case Kind::size:
    case Kind::data:
      return false;
    default:
      return !is_place(kind);
  }
}

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  std::uint64_t little_endian(unsigned width) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < width; ++i) value |= std::uint64_t{byte()} << (8 * i);
    return value;
  }
  std::uint64_t number() {
    const std::uint8_t tag = byte();
    if (tag < kWidths) return kNotable[tag % kNotable.size()];
    return little_endian((tag - kWidths) % 8U + 1);
  }
  std::uint64_t place() {
    const std::uint8_t area = byte();
    return pack({static_cast<Area>(area), static_cast<std::uint32_t>(little_endian(2))});
  }
  std::uint64_t field(Kind kind) {
    if (is_place(kind)) {
      const std::uint64_t word = place();
      return kind == Kind::maybe && word >> 32 == 0xff ? kNoPointer : word;
    }
    if (kind == Kind::data) return (byte() & 1) != 0 ? kIsPlace | place() : number() & ~kIsPlace;
    return is_small(kind) ? byte() : number();
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

class Writer {
 public:
  void byte(std::uint64_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
  void little_endian(std::uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; ++i) byte(value >> (8 * i) & 0xff);
  }
  void number(std::uint64_t value) {
    for (std::size_t i = 0; i < kNotable.size(); ++i) {
      if (kNotable[i] == value) return byte(i);
    }
    unsigned width = 1;
    while (width < 8 && value >> (8 * width) != 0) ++width;
    byte(kWidths + width - 1);
    little_endian(value, width);
  }
  void place(std::uint64_t word) {
    byte(word >> 32 & 0xff);
    little_endian(word & 0xffff, 2);
  }
  void field(Kind kind, std::uint64_t word) {
    if (is_place(kind)) return place(word == kNoPointer ? std::uint64_t{0xff} << 32 : word);
    if (kind != Kind::data) return is_small(kind) ? byte(word) : number(word);
    byte((word & kIsPlace) != 0 ? 1 : 0);
    return (word & kIsPlace) != 0 ? place(word & ~kIsPlace) : number(word);
  }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

Statement read_statement(Reader& reader) {
  Statement made = statement(static_cast<Verb>(reader.byte() % kVerbs));
  const VerbRow& row = row_of(made.verb);
  const std::uint64_t mentioned = reader.little_endian(2);
  for (unsigned i = 0; i < row.count; ++i) {
    if ((mentioned >> i & 1) != 0) made.field[i] = reader.field(row.fields[i].kind);
  }
  return made;
}

void write_statement(Writer& writer, const Statement& one) {
  const VerbRow& row = row_of(one.verb);
  std::uint64_t mentioned = 0;
  for (unsigned i = 0; i < row.count; ++i) {
    if (one.field[i] != row.fields[i].fallback) mentioned |= std::uint64_t{1} << i;
  }
  writer.byte(static_cast<std::uint64_t>(one.verb));
  writer.little_endian(mentioned, 2);
  for (unsigned i = 0; i < row.count; ++i) {
    if ((mentioned >> i & 1) != 0) writer.field(row.fields[i].kind, one.field[i]);
  }
}

}  // namespace

Program decode(std::span<const std::uint8_t> bytes) {
  Reader reader(bytes);
  Program program;
  for (std::uint16_t& start : program.start) start = reader.byte();
  while (!reader.empty() && program.statements.size() < kMaxStatements) {
    program.statements.push_back(read_statement(reader));
  }
  return canonical(std::move(program));
}

std::vector<std::uint8_t> encode(const Program& program) {
  const Program plain = canonical(program);
  Writer writer;
  for (std::uint16_t start : plain.start) writer.byte(start);
  for (const Statement& one : plain.statements) write_statement(writer, one);
  return writer.take();
}

}  // namespace conformance::program
