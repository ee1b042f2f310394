// The example of docs/simulated-disk.md, as a test.

#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "aioemu/aioemu.h"

namespace {

constexpr std::size_t kSector = 512;

long submit_and_wait(aioemu::World& world, aio_context_t ctx, iocb request) {
  iocb* list[] = {&request};
  io_event event{};
  if (world.io_submit(ctx, 1, list) != 1) return -1;
  if (world.io_getevents(ctx, 1, 1, &event, nullptr) != 1) return -1;
  return static_cast<long>(event.res);
}

// The code under test: overwrites a record of two sectors, and may forget to sync it.
bool save(aioemu::World& world, aio_context_t ctx, int fd, char letter, bool syncs) {
  const std::string record(2 * kSector, letter);
  iocb write{};
  write.aio_lio_opcode = IOCB_CMD_PWRITE;
  write.aio_fildes = static_cast<std::uint32_t>(fd);
  write.aio_buf = reinterpret_cast<std::uint64_t>(record.data());
  write.aio_nbytes = record.size();
  if (submit_and_wait(world, ctx, write) != static_cast<long>(record.size())) return false;
  if (!syncs) return true;
  iocb sync{};
  sync.aio_lio_opcode = IOCB_CMD_FDSYNC;
  sync.aio_fildes = static_cast<std::uint32_t>(fd);
  return submit_and_wait(world, ctx, sync) == 0;
}

// One letter per sector.
std::string letters(aioemu::World& world, int fd) {
  std::string record(2 * kSector, '?');
  EXPECT_EQ(world.pread(fd, record.data(), record.size(), 0), static_cast<ssize_t>(record.size()));
  return {record[0], record[kSector]};
}

std::set<std::string> every_outcome(bool syncs) {
  std::set<std::string> found;
  std::vector<std::uint32_t> script;
  for (bool more = true; more;) {
    aioemu::ScriptedChoices choices{script};
    aioemu::World world{{.choices = &choices}};
    const int fd = world.create_file("record", 0);
    aio_context_t ctx = 0;
    EXPECT_EQ(world.io_setup(1, &ctx), 0);
    EXPECT_TRUE(save(world, ctx, fd, 'a', true));
    EXPECT_TRUE(save(world, ctx, fd, 'b', syncs));
    world.power_cut();
    found.insert(letters(world, fd));
    more = choices.next_script(script);
  }
  return found;
}

TEST(Save, IsDurableOnlyWithItsSync) {
  EXPECT_EQ(every_outcome(true), std::set<std::string>{"bb"});
  EXPECT_EQ(every_outcome(false), (std::set<std::string>{"aa", "ab", "ba", "bb"}));
}

}  // namespace
