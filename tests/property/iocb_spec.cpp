#include "tests/property/iocb_spec.h"

#include <rapidcheck.h>

#include <limits>
#include <ostream>

namespace aioemu::property {
namespace {

using aio_model::Memory;

struct Usual {
  unsigned opcode;
  FileId file;
};

// What programs do. The first is what a failing program is reduced to.
constexpr std::array kUsual{
    Usual{IOCB_CMD_PREAD, FileId::zero_device},    Usual{IOCB_CMD_PWRITE, FileId::null_device},
    Usual{IOCB_CMD_PREADV, FileId::zero_device},   Usual{IOCB_CMD_PWRITEV, FileId::null_device},
    Usual{IOCB_CMD_PREAD, FileId::regular},        Usual{IOCB_CMD_PWRITE, FileId::regular},
    Usual{IOCB_CMD_PREADV, FileId::regular},       Usual{IOCB_CMD_PREAD, FileId::pipe_out},
    Usual{IOCB_CMD_PWRITE, FileId::pipe_in},       Usual{IOCB_CMD_PREAD, FileId::counter},
    Usual{IOCB_CMD_POLL, FileId::regular},         Usual{IOCB_CMD_POLL, FileId::pipe_out},
    Usual{IOCB_CMD_POLL, FileId::second_pipe_out}, Usual{IOCB_CMD_POLL, FileId::counter},
    Usual{IOCB_CMD_POLL, FileId::pipe_in},         Usual{IOCB_CMD_FSYNC, FileId::regular},
    Usual{IOCB_CMD_FDSYNC, FileId::directory},     Usual{IOCB_CMD_FSYNC, FileId::regular_read_only},
};
constexpr std::size_t kInstant = 7;  // so many of them complete at once

constexpr std::array<std::uint64_t, 6> kLengths{1, 0, 8, 3, 100, 4096};
constexpr std::array<std::uint64_t, 4> kSegmentCounts{1, 3, 9, 0};
constexpr std::array<std::int64_t, 4> kOffsets{0, 1, 4000, 5000};
constexpr std::array<std::uint32_t, 6> kMasks{0x1, 0x41, 0x2, 0x4, 0, 0x1 | 0x4};
constexpr std::array<std::uint32_t, 4> kRwFlags{0, 0x10, 0x1, 0x20};
// Real-time, best effort, idle, none with a level, no such class.
constexpr std::array<int, 5> kPriorities{2 << 13, 3 << 13, 1 << 13, 3, 4 << 13};
constexpr std::int64_t kFarthest = std::numeric_limits<std::int64_t>::max();

// Shrinks towards the front.
template <typename Table>
auto pick(const Table& table) {
  return table.at(*rc::gen::inRange<std::size_t>(0, table.size()));
}
bool one_in(int n) { return *rc::gen::inRange(0, n) == n - 1; }

// One of the first `kinds` of that list.
IocbSpec usual(std::size_t kinds) {
  IocbSpec spec;
  const Usual& what = kUsual.at(*rc::gen::inRange<std::size_t>(0, kinds));
  spec.opcode = what.opcode;
  spec.file = what.file;
  spec.slot = *rc::gen::inRange(0, kSlots);
  spec.mask = pick(kMasks);
  if (one_in(3)) spec.bell = Bell::rung;
  if (spec.opcode == IOCB_CMD_POLL || spec.is_sync()) {
    spec.length = 0;
    return spec;
  }
  spec.length = spec.is_vector() ? pick(kSegmentCounts) : pick(kLengths);
  spec.offset = pick(kOffsets);
  if (one_in(4)) spec.rw_flags = pick(kRwFlags);
  if (one_in(6)) spec.ioprio = pick(kPriorities);
  return spec;
}

// The ways in which an iocb can be wrong, by number.
void spoil_request(IocbSpec& spec, int defect) {
  switch (defect) {
    case 0:
      spec.opcode = 4;
      break;
    case 1:
      spec.opcode = 6;
      break;
    case 2:
      spec.opcode = 9;
      break;
    case 3:
      spec.reserved = 1;
      break;
    case 4:
      spec.length = std::uint64_t{1} << 63U;
      break;
    case 5:
      spec.offset = -1;
      break;
    case 6:
      spec.offset = kFarthest;
      break;
    case 7:
      spec.rw_flags = 0x80000000;
      break;
    case 8:
      spec.rw_flags = 0x30;
      break;
    case 9:
      spec.ioprio = 4 << 13;
      break;
    case 10:
      spec.mask = 0x10000;
      break;
    default:
      spec.ioprio = 3;
      break;
  }
}
constexpr int kRequestDefects = 12;

void spoil_surroundings(IocbSpec& spec, int defect) {
  switch (defect) {
    case 0:
      spec.file = FileId::closed;
      break;
    case 1:
      spec.bell = Bell::closed;
      break;
    case 2:
      spec.bell = Bell::no_eventfd;
      break;
    case 3:
      spec.buffer = Buffer::in_kernel_half;
      break;
    case 4:
      spec.buffer = Buffer::null;
      break;
    case 5:
      spec.vector = Vector::negative_length;
      break;
    case 6:
      spec.vector = Vector::in_kernel_half;
      break;
    case 7:
      spec.vector = Vector::unreadable;
      break;
    case 8:
      if (spec.is_vector()) spec.length = 1025;
      break;
    case 9:
      if (spec.is_vector()) spec.length += std::uint64_t{1} << 32U;
      break;
    case 10:
      spec.memory = Memory::read_only;
      break;
    case 11:
      spec.memory = Memory::unreadable;
      break;
    case 12:
      spec.listed = false;
      break;
    default:
      spec.file = static_cast<FileId>(*rc::gen::inRange(0, kFileIds));
      break;
  }
}
constexpr int kSurroundingDefects = 14;

void spoil(IocbSpec& spec) {
  const int defect = *rc::gen::inRange(0, kRequestDefects + kSurroundingDefects);
  if (defect < kRequestDefects) {
    spoil_request(spec, defect);
  } else {
    spoil_surroundings(spec, defect - kRequestDefects);
  }
}

const char* name_of(unsigned opcode) {
  switch (opcode) {
    case IOCB_CMD_PREAD:
      return "pread";
    case IOCB_CMD_PWRITE:
      return "pwrite";
    case IOCB_CMD_PREADV:
      return "preadv";
    case IOCB_CMD_PWRITEV:
      return "pwritev";
    case IOCB_CMD_FSYNC:
      return "fsync";
    case IOCB_CMD_FDSYNC:
      return "fdsync";
    case IOCB_CMD_POLL:
      return "poll";
    default:
      return "?";
  }
}

constexpr std::array<const char*, kFileIds> kFileNames{"zero",      "null",    "file",  "file(ro)",
                                                       "directory", "pipe>",   ">pipe", "pipe2>",
                                                       ">pipe2",    "counter", "bell",  "closed"};
constexpr std::array kBufferNames{"", " buffer=NULL", " buffer=kernel"};
constexpr std::array kVectorNames{"", " vector=negative", " vector=kernel", " vector=unreadable"};
constexpr std::array kBellNames{"", " bell", " bell=closed", " bell=no-eventfd"};
constexpr std::array kMemoryNames{"", " iocb=read-only", " iocb=unreadable"};

template <typename Names, typename Value>
const char* name_in(const Names& names, Value value) {
  return names.at(static_cast<std::size_t>(value));
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const IocbSpec& spec) {
  out << name_of(spec.opcode) << '(' << spec.opcode << ") " << name_in(kFileNames, spec.file);
  if (spec.opcode == IOCB_CMD_POLL) out << " mask=" << spec.mask;
  out << " n=" << spec.length << " at=" << spec.offset;
  if (spec.rw_flags != 0) out << " rwf=" << spec.rw_flags;
  if (spec.ioprio >= 0) out << " prio=" << spec.ioprio;
  if (spec.reserved != 0) out << " reserved2";
  out << name_in(kBufferNames, spec.buffer) << name_in(kVectorNames, spec.vector)
      << name_in(kBellNames, spec.bell) << name_in(kMemoryNames, spec.memory);
  if (!spec.listed) out << " unlisted";
  return out << " slot=" << spec.slot;
}

IocbSpec any_iocb() {
  IocbSpec spec = usual(kUsual.size());
  if (one_in(6)) spoil(spec);
  if (one_in(20)) spoil(spec);
  return spec;
}

IocbSpec any_bad_iocb(int least) {
  IocbSpec spec = usual(kUsual.size());
  const int defects = *rc::gen::inRange(least, 4);
  for (int i = 0; i < defects; ++i) spoil(spec);
  return spec;
}

IocbSpec any_instant_iocb() {
  IocbSpec spec = usual(kInstant);
  spec.rw_flags = 0;
  spec.ioprio = -1;
  return spec;
}

}  // namespace aioemu::property
