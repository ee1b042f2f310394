// The property of docs/recipes.md.

#include <gtest/gtest.h>
#include <linux/aio_abi.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "aioemu/aioemu.h"
#include "aioemu/testing/generators.h"

namespace {

using aioemu::testing::RapidcheckChoices;

// The code under test: writes the whole text, piece by piece. True when all of it is written.
bool write_all(aioemu::World& world, aio_context_t ctx, int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    iocb request{};
    request.aio_lio_opcode = IOCB_CMD_PWRITE;
    request.aio_fildes = static_cast<std::uint32_t>(fd);
    request.aio_buf = reinterpret_cast<std::uint64_t>(text.data() + done);
    request.aio_nbytes = text.size() - done;
    request.aio_offset = static_cast<std::int64_t>(done);
    iocb* list[] = {&request};
    if (world.io_submit(ctx, 1, list) != 1) return false;
    io_event event{};
    const timespec patience{3600, 0};
    if (world.io_getevents(ctx, 1, 1, &event, &patience) != 1 || event.res <= 0) return false;
    done += static_cast<std::size_t>(event.res);
  }
  return true;
}

// Whatever the plan, which may change bytes and times but no length: what was written is there.
void check_write_all(aioemu::World& world) {
  const std::string text(5000, 'x');
  const int fd = world.create_file("data", 0);
  aio_context_t ctx = 0;
  if (world.io_setup(4, &ctx) != 0) return;
  const bool written = write_all(world, ctx, fd, text);
  if (written)
    RC_ASSERT(world.fired("durability") + world.fired("medium") > 0 || world.size_of(fd) == 5000);
}

// The same cases each time, unless RC_PARAMS says otherwise.
[[maybe_unused]] const int kSeeded = setenv("RC_PARAMS", "seed=0", 0);

RC_GTEST_PROP(WriteAll, WritesEverythingOrSaysSo, ()) {
  RapidcheckChoices choices;
  aioemu::World world{{.plan = *aioemu::testing::gen::plan(), .choices = &choices}};
  check_write_all(world);
}

}  // namespace
