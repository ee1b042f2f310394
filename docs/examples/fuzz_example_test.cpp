// The fuzz target of docs/recipes.md, and a test that feeds it bytes where there is no fuzzer.

#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "aioemu/aioemu.h"
#include "aioemu/testing/fuzz_input.h"

namespace {

using aioemu::testing::FuzzInput;

// The code under test and what must hold: io_submit of one request takes it or says why not, and
// no event tells of more bytes than were asked for.
void store_and_check(aioemu::World& world, std::string_view text) {
  aio_context_t ctx = 0;
  if (world.io_setup(1, &ctx) != 0) return;
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_PWRITE;
  request.aio_fildes = static_cast<std::uint32_t>(world.create_file("data", 0));
  request.aio_buf = reinterpret_cast<std::uint64_t>(text.data());
  request.aio_nbytes = text.size();
  iocb* list[] = {&request};
  const long taken = world.io_submit(ctx, 1, list);
  if (taken != 1 && taken >= 0) std::abort();
  if (taken < 0) return;
  io_event event{};
  const timespec patience{3600, 0};
  const long events = world.io_getevents(ctx, 1, 1, &event, &patience);
  if (events == 1 && event.res > static_cast<std::int64_t>(text.size())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput fuzz(data, size);
  const std::string plan = aioemu::testing::draw_plan(fuzz.choices());
  aioemu::World world{{.plan = plan, .choices = &fuzz.choices()}};
  store_and_check(world, fuzz.text());
  return 0;
}

TEST(FuzzTarget, TakesAnyBytes) {
  for (std::size_t size = 0; size < 300; ++size) {
    std::vector<std::uint8_t> bytes(size);
    std::uint32_t state = static_cast<std::uint32_t>(size) + 1;
    for (std::uint8_t& byte : bytes) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<std::uint8_t>(state >> 24U);
    }
    EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0) << "size " << size;
  }
}
