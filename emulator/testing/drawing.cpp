#include "aioemu/testing/drawing.h"

#include <algorithm>

#include "abi/aio_abi.h"
#include "base/check.h"
#include "testing/plan_drawing.h"

namespace aioemu::testing {
namespace {

constexpr unsigned number(abi::Opcode op) { return static_cast<unsigned>(op); }

// Offsets and lengths are interesting near multiples of a sector.
constexpr std::uint64_t kSector = 512;

std::uint64_t place_in(Draws& draw, std::uint64_t size) {
  if (size == 0) return 0;
  if (draw.maybe()) return draw.below(size / kSector + 1) * kSector;
  return draw.below(size + 1);
}

void draw_transfer(Draws& draw, const Playground& where, DrawnRequest& made) {
  made.length = std::min<std::uint64_t>(place_in(draw, where.memory_size), where.memory_size);
  const std::uint64_t last = where.memory_size - made.length;
  made.buffer = static_cast<char*>(where.memory) + (last == 0 ? 0 : draw.below(last + 1));
  made.offset = static_cast<std::int64_t>(place_in(draw, where.file_size));
}

// One thing that io_submit refuses.
void spoil(Draws& draw, DrawnRequest& made) {
  switch (draw.below(4)) {
    case 0:
      made.fd = -1;
      break;
    case 1:
      made.offset = -1;
      made.opcode = number(abi::Opcode::pread);
      break;
    case 2:
      made.opcode = 100;
      break;
    default:
      made.opcode = number(abi::Opcode::pread);
      made.rw_flags = 1U << 31U;
      break;
  }
}

DrawnRequest draw_request(Draws& draw, const Playground& where) {
  AIOEMU_CHECK(!where.descriptors.empty());
  DrawnRequest made;
  made.fd = draw.element(where.descriptors);
  made.data = draw.below(1U << 16U);
  const bool sync = where.syncs && draw.below(8) == 7;
  if (sync) {
    made.opcode = number(draw.maybe() ? abi::Opcode::fdsync : abi::Opcode::fsync);
  } else {
    made.opcode = number(draw.maybe() ? abi::Opcode::pwrite : abi::Opcode::pread);
    draw_transfer(draw, where, made);
  }
  if (where.mistakes && draw.below(8) == 7) spoil(draw, made);
  return made;
}

}  // namespace

std::string draw_plan(ChoiceSource& choices) {
  return print(draw_plan_for(choices, fault::world_capabilities()));
}

std::string draw_runtime_plan(ChoiceSource& choices) {
  return print(draw_plan_for(choices, fault::runtime_capabilities()));
}

DrawnRequest draw_request(ChoiceSource& choices, const Playground& where) {
  Draws draw(choices);
  return draw_request(draw, where);
}

std::vector<DrawnRequest> draw_batch(ChoiceSource& choices, const Playground& where,
                                     std::size_t most) {
  Draws draw(choices);
  std::vector<DrawnRequest> batch(most == 0 ? 0 : static_cast<std::size_t>(draw.from(1, most)));
  for (DrawnRequest& request : batch) request = draw_request(draw, where);
  return batch;
}

}  // namespace aioemu::testing
