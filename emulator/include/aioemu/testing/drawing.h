// Drawing: random fault plans and requests for tests, out of any source of choices.
//
// Who answers decides what they are good for: SeededChoices for a test that repeats itself,
// ByteChoices for a fuzzer (fuzz_input.h), rapidcheck for properties that shrink (generators.h).
// Answers near 0 give few rules, few requests and small numbers.
//
// Neither gtest nor rapidcheck is needed here; aioemu::aioemu is all to link.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "aioemu/aio_types.h"
#include "aioemu/choice.h"

namespace aioemu::testing {

// The text of a legal plan that a World, or a Runtime, carries out: no rule to five rules.
std::string draw_plan(ChoiceSource& choices);
std::string draw_runtime_plan(ChoiceSource& choices);

// Where requests may go. Nothing of it is owned.
struct Playground {
  std::vector<int> descriptors{};  // at least one
  std::uint64_t file_size = 0;     // offsets are in 0 .. file_size
  void* memory = nullptr;          // buffers are taken from here, and may overlap
  std::size_t memory_size = 0;     // also the longest request
  bool syncs = true;               // fsync and fdsync, too
  bool mistakes = false;           // at times something that io_submit refuses
};

// A request, in no header's words.
struct DrawnRequest {
  unsigned opcode = 0;  // IOCB_CMD_PREAD, PWRITE, FSYNC or FDSYNC, unless it is a mistake
  int fd = -1;
  void* buffer = nullptr;
  std::uint64_t length = 0;
  std::int64_t offset = 0;
  std::uint64_t data = 0;  // aio_data
  unsigned rw_flags = 0;
};

DrawnRequest draw_request(ChoiceSource& choices, const Playground& where);
// 1 .. most requests.
std::vector<DrawnRequest> draw_batch(ChoiceSource& choices, const Playground& where,
                                     std::size_t most);

// The iocb of the request: struct iocb of <linux/aio_abi.h> or <libaio.h>, whichever is included.
template <typename Iocb = iocb>
Iocb to_iocb(const DrawnRequest& request) {
  // As the kernel reads it, on a little-endian machine.
  struct {
    std::uint64_t data;
    std::uint32_t key;
    std::uint32_t rw_flags;
    std::uint16_t opcode;
    std::int16_t priority;
    std::uint32_t fd;
    std::uint64_t buffer;
    std::uint64_t length;
    std::int64_t offset;
    std::uint64_t reserved;
    std::uint32_t flags;
    std::uint32_t eventfd;
  } const layout = {request.data,
                    0,
                    request.rw_flags,
                    static_cast<std::uint16_t>(request.opcode),
                    0,
                    static_cast<std::uint32_t>(request.fd),
                    reinterpret_cast<std::uint64_t>(request.buffer),
                    request.length,
                    request.offset,
                    0,
                    0,
                    0};
  Iocb made;
  static_assert(sizeof made == sizeof layout, "struct iocb has 64 bytes");
  std::memcpy(&made, &layout, sizeof made);
  return made;
}

}  // namespace aioemu::testing
