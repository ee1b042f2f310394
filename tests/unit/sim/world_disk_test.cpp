#include <fcntl.h>

#include <cerrno>
#include <set>
#include <stdexcept>
#include <string>

#include "world_fixture.h"

namespace aioemu {
namespace {

using testing::ElementsAre;

struct alignas(4096) Page {
  std::array<char, 4096> bytes{};
  explicit Page(char letter) { bytes.fill(letter); }
};

// A World that loses in a power cut all that it may, unless the script says otherwise.
class DiskInWorld : public testing::Test {
 protected:
  // All of the named file.
  static std::string contents(World& world, const char* name) {
    const int fd = world.open(name, O_RDONLY);
    std::string text(static_cast<std::size_t>(world.size_of(fd)), '?');
    EXPECT_EQ(world.pread(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    world.close(fd);
    return text;
  }
  static std::string of(char letter, std::size_t count) { return std::string(count, letter); }

  ScriptedChoices losses;
  WorldOptions options{.choices = &losses};
};

TEST_F(DiskInWorld, WhatWasSyncedIsThereAfterAPowerCutAndTheRestIsNot) {
  World world(options);
  const int fd = world.create_file("data", 0);
  EXPECT_EQ(world.write(fd, "synced", 6), 6);
  EXPECT_EQ(world.fsync(fd), 0);
  EXPECT_EQ(world.write(fd, " not", 4), 4);
  EXPECT_EQ(contents(world, "data"), "synced not");
  const PowerCutReport report = world.power_cut();
  EXPECT_EQ(report.dropped, 1U);
  EXPECT_EQ(contents(world, "data"), "synced");
}

TEST_F(DiskInWorld, ASeedDecidesWhatIsLeft) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    std::string twice[2];
    for (std::string& found : twice) {
      World world({.seed = seed});
      const int fd = world.create_file("data", 8 * 4096);
      for (int page = 0; page < 8; ++page) {
        world.pwrite(fd, Page('x').bytes.data(), 4096, page * 4096);
      }
      world.power_cut();
      found = contents(world, "data");
    }
    EXPECT_EQ(twice[0], twice[1]);
    outcomes.insert(twice[0]);
  }
  EXPECT_GT(outcomes.size(), 3U);
}

TEST_F(DiskInWorld, AFilesDescriptorGoesOnAndEverythingElseIsGone) {
  InWorld in(options);
  const int fd = in.world.create_file("data", 4096);
  const int device = in.world.create_block_device(4096);
  const int memory = in.world.memfd(0);
  int ends[2];
  in.world.pipe(ends);
  iocb poll = poll_of(ends[0], 1);
  EXPECT_EQ(in.submit({&poll}), 1);
  in.world.write(fd, "abc", 3);
  in.world.power_cut();
  EXPECT_EQ(in.world.position(fd), 0);
  EXPECT_EQ(in.world.size_of(device), 4096);
  EXPECT_EQ(in.world.size_of(memory), -EBADF);
  EXPECT_EQ(in.world.size_of(ends[0]), -EBADF);
  EXPECT_EQ(in.world.aio_nr(), 0U);
  EXPECT_EQ(in.submit({&poll}), -EINVAL);
  aio_context_t fresh = 0;
  EXPECT_EQ(in.world.io_setup(8, &fresh), 0);
  char byte = 0;
  iocb read = read_of(fd, &byte, 1, 0);
  iocb* list[] = {&read};
  EXPECT_EQ(in.world.io_submit(fresh, 1, list), 1);
}

TEST_F(DiskInWorld, SleepersAndWhatIsInFlightEndWithThePower) {
  options.order = CompletionOrder::scripted;
  InWorld in(options);
  const int fd = in.world.create_file("data", 4096);
  Page page('a');
  iocb read = read_of(fd, page.bytes.data(), 512, 0);
  EXPECT_EQ(in.submit({&read}), 1);
  std::array<io_event, 1> events;
  World::Pending waiter = in.world.begin_getevents(in.ctx, 1, 1, events.data());
  EXPECT_TRUE(waiter.blocked());
  in.world.power_cut();
  EXPECT_TRUE(in.world.in_flight().empty());
  EXPECT_FALSE(waiter.blocked());
  EXPECT_EQ(page.bytes[0], 'a');
}

TEST_F(DiskInWorld, AWriteInFlightMayHaveArrived) {
  std::set<std::string> outcomes;
  for (const std::uint32_t answer : {0U, 1U}) {
    ScriptedChoices choices({answer});
    options.order = CompletionOrder::scripted;
    options.choices = &choices;
    InWorld in(options);
    const int fd = in.world.create_file("data", 512);
    Page page('w');
    iocb write = write_of(fd, page.bytes.data(), 512, 0);
    EXPECT_EQ(in.submit({&write}), 1);
    in.world.power_cut();
    outcomes.insert(contents(in.world, "data"));
  }
  EXPECT_THAT(outcomes, testing::UnorderedElementsAre(of('\0', 512), of('w', 512)));
}

TEST_F(DiskInWorld, AnAioFsyncCoversWhatHadCompletedWhenItWasSubmitted) {
  options.order = CompletionOrder::scripted;
  InWorld in(options);
  const int fd = in.world.create_file("data", 3 * 4096);
  Page a('a');
  Page b('b');
  iocb before = write_of(fd, a.bytes.data(), 4096, 0);
  iocb sync = make_iocb(IOCB_CMD_FDSYNC, fd, nullptr, 0, 0);
  iocb overtaken = write_of(fd, b.bytes.data(), 4096, 4096);
  EXPECT_EQ(in.submit({&before}), 1);
  EXPECT_TRUE(in.world.complete_next());
  EXPECT_EQ(in.submit({&overtaken, &sync}), 2);
  EXPECT_TRUE(in.world.complete_next());  // the write, before the sync ends
  EXPECT_TRUE(in.world.complete_next());
  EXPECT_THAT(in.drain(), ElementsAre(4096, 4096, 0));
  in.world.power_cut();
  EXPECT_EQ(contents(in.world, "data"), of('a', 4096) + of('\0', 8192));
}

TEST_F(DiskInWorld, AnAioFsyncThatCompletesAtOnceIsDurable) {
  InWorld in(options);
  const int fd = in.world.create_file("data", 0);
  iocb write = write_of(fd, "data", 4, 0);
  iocb sync = make_iocb(IOCB_CMD_FSYNC, fd, nullptr, 0, 0);
  EXPECT_EQ(in.submit({&write, &sync}), 2);
  EXPECT_EQ(in.reap(2).size(), 2U);
  in.world.power_cut();
  EXPECT_EQ(contents(in.world, "data"), "data");
}

TEST_F(DiskInWorld, AnFsyncWhoseSuccessIsChosenIsDurableAndOneThatFailsIsNot) {
  options.order = CompletionOrder::scripted;
  InWorld in(options);
  const int fd = in.world.create_file("data", 0);
  const auto write_and_sync = [&](const char* text, off_t offset, long result) {
    EXPECT_EQ(in.world.pwrite(fd, text, 1, offset), 1);
    iocb sync = make_iocb(IOCB_CMD_FSYNC, fd, nullptr, 0, 0);
    EXPECT_EQ(in.submit({&sync}), 1);
    EXPECT_TRUE(in.world.complete(in.world.in_flight().front().id, result));
  };
  write_and_sync("a", 0, 0);
  write_and_sync("b", 1, -EIO);
  in.world.power_cut();
  EXPECT_EQ(contents(in.world, "data"), "a");
}

TEST_F(DiskInWorld, SynchronousWritesAreDurableByThemselves) {
  InWorld in(options);
  const int by_flag = in.world.create_file("flag", 0, O_RDWR | O_DSYNC);
  const int by_request = in.world.create_file("request", 0);
  EXPECT_EQ(in.world.write(by_flag, "abc", 3), 3);
  iocb write = write_of(by_request, "def", 3, 0);
  write.aio_rw_flags = 2;  // RWF_DSYNC
  EXPECT_EQ(in.submit({&write}), 1);
  in.world.power_cut();
  EXPECT_EQ(contents(in.world, "flag"), "abc");
  EXPECT_EQ(contents(in.world, "request"), "def");
}

TEST_F(DiskInWorld, ATruncationThatWasNotSyncedIsUndone) {
  World world(options);
  const int fd = world.create_file("data", 0);
  world.write(fd, "old", 3);
  world.fsync(fd);
  world.open("data", O_RDWR | O_TRUNC);
  EXPECT_EQ(contents(world, "data"), "");
  world.power_cut();
  EXPECT_EQ(contents(world, "data"), "old");
}

TEST_F(DiskInWorld, ABlockDeviceIsNotTruncated) {
  World world(options);
  const int fd = world.create_block_device(4096);
  const int again = world.reopen(fd, O_RDWR | O_TRUNC);
  EXPECT_EQ(world.size_of(again), 4096);
}

TEST_F(DiskInWorld, ASectorThatCannotBeReadIsAnErrorOrAShortRead) {
  InWorld in(options);
  const int fd = in.world.create_file("data", 3 * 4096);
  const int direct = in.world.reopen(fd, O_RDWR | O_DIRECT);
  EXPECT_EQ(in.world.damage(fd, MediumFault::latent_sector_error, 4096 + 512, 1), 1);
  std::array<char, 8192> bytes;
  Page page('x');
  iocb across = read_of(fd, bytes.data(), 8192, 0);
  iocb in_block = read_of(fd, bytes.data(), 100, 4096);
  iocb beside = read_of(direct, page.bytes.data(), 512, 4096);
  iocb onto = read_of(direct, page.bytes.data(), 1024, 4096);
  iocb part = write_of(fd, page.bytes.data(), 100, 5000);
  EXPECT_EQ(in.submit({&across, &in_block, &beside, &onto, &part}), 5);
  EXPECT_THAT(in.drain(), ElementsAre(4096, -EIO, 512, -EIO, -EIO));
  iocb repair = write_of(fd, page.bytes.data(), 4096, 4096);
  EXPECT_EQ(in.submit({&repair, &in_block}), 2);
  EXPECT_THAT(in.drain(), ElementsAre(4096, 100));
}

TEST_F(DiskInWorld, WrongBytesAreReadUntilTheFaultIsLifted) {
  World world(options);
  const int fd = world.create_file("data", 1024);
  EXPECT_EQ(world.damage(fd, MediumFault::bit_rot, 0, 1024), 2);
  const std::string wrong = contents(world, "data");
  EXPECT_NE(wrong, of('\0', 1024));
  EXPECT_EQ(contents(world, "data"), wrong);
  EXPECT_EQ(world.lift_faults(fd), 0);
  EXPECT_EQ(contents(world, "data"), of('\0', 1024));
}

TEST_F(DiskInWorld, ASpoiledWriteSucceedsAndDoesNotArrive) {
  World world(options);
  const int fd = world.create_file("data", 200000);
  const std::string data = of('x', 200000);
  EXPECT_EQ(world.spoil_next_write(fd, WriteFault::torn_first, 200), 0);
  EXPECT_EQ(world.pwrite(fd, data.data(), data.size(), 0), 200000);
  EXPECT_EQ(contents(world, "data"), of('x', 102400) + of('\0', 200000 - 102400));
  EXPECT_EQ(world.pwrite(fd, data.data(), data.size(), 0), 200000);
  EXPECT_EQ(contents(world, "data"), data);
}

TEST_F(DiskInWorld, ASyncFailsOnceAndItsDataIsLostAsItsVariantSays) {
  World world(options);
  const int fd = world.create_file("data", 0);
  world.write(fd, "data", 4);
  EXPECT_EQ(world.fail_next_sync(fd, SyncFault::eio_clean), 0);
  EXPECT_EQ(world.fsync(fd), -EIO);
  EXPECT_EQ(world.fsync(fd), 0);
  EXPECT_EQ(contents(world, "data"), "data");
  world.power_cut();
  EXPECT_EQ(contents(world, "data"), of('\0', 4));
}

TEST_F(DiskInWorld, FullDisksMoveWhatFitsAndThenNothingUntilThereIsMore) {
  InWorld in(options);
  const int fd = in.world.create_file("data", 0);
  const std::string data = of('x', 10000);
  in.world.set_free_space(8192);
  in.world.add_free_space(4096, 1000);
  iocb first = write_of(fd, data.data(), 10000, 0);
  iocb rest = write_of(fd, data.data(), 1808, 8192);
  iocb again = write_of(fd, data.data(), 8192, 0);
  EXPECT_EQ(in.submit({&first, &rest, &again}), 3);
  EXPECT_THAT(in.drain(), ElementsAre(8192, -ENOSPC, 8192));
  in.world.advance(1000);
  EXPECT_EQ(in.submit({&rest}), 1);
  EXPECT_THAT(in.drain(), ElementsAre(1808));
  in.world.set_free_space(-1);
  EXPECT_EQ(in.world.pwrite(fd, data.data(), data.size(), 1 << 20), 10000);
}

TEST_F(DiskInWorld, BlockDevicesAndMemoryTakeNoSpace) {
  World world(options);
  world.set_free_space(0);
  for (const int fd : {world.create_block_device(4096), world.memfd(0)}) {
    EXPECT_EQ(world.pwrite(fd, "abc", 3, 0), 3);
  }
  EXPECT_EQ(world.pwrite(world.create_file("data", 4096), "abc", 3, 0), -ENOSPC);
}

TEST_F(DiskInWorld, TheUnitsOfTheDiskCanBeSet) {
  options.disk_sector = 4096;
  World world(options);
  const int fd = world.create_file("data", 16384);
  EXPECT_EQ(world.damage(fd, MediumFault::bit_rot, 0, 16384), 4);
  options.disk_sector = 3;
  EXPECT_THROW(World{options}, std::invalid_argument);
}

TEST_F(DiskInWorld, WhatIsNotOnADiskHasNoDiskFaults) {
  World world(options);
  const int fd = world.create_file("data", 512);
  const int other = world.eventfd(0);
  EXPECT_EQ(world.damage(other, MediumFault::bit_rot, 0, 1), -EINVAL);
  EXPECT_EQ(world.damage(fd, MediumFault::bit_rot, -1, 1), -EINVAL);
  EXPECT_EQ(world.damage(-1, MediumFault::bit_rot, 0, 1), -EBADF);
  EXPECT_EQ(world.spoil_next_write(other, WriteFault::lost), -EINVAL);
  EXPECT_EQ(world.fail_next_sync(-1, SyncFault::lie), -EBADF);
  EXPECT_EQ(world.lift_faults(other), -EINVAL);
}

// The program that the disk is for: it keeps a record in two copies and a flag that says which is
// good, and must find one of them whole whatever a power cut left.
std::string recovered(ScriptedChoices& choices, bool syncs_before_the_flag) {
  WorldOptions options;
  options.choices = &choices;
  World world(options);
  const int fd = world.create_file("record", 3 * 512);
  world.pwrite(fd, Page('1').bytes.data(), 512, 512);
  world.pwrite(fd, "1", 1, 0);
  world.fsync(fd);
  world.pwrite(fd, Page('2').bytes.data(), 512, 1024);
  if (syncs_before_the_flag) world.fsync(fd);
  world.pwrite(fd, "2", 1, 0);
  world.power_cut();
  char flag = 0;
  world.pread(fd, &flag, 1, 0);
  std::string record(512, '?');
  world.pread(fd, record.data(), 512, (flag - '0') * 512);
  return record;
}

std::set<std::string> every_recovery(bool syncs_before_the_flag) {
  std::set<std::string> found;
  std::vector<std::uint32_t> script;
  for (bool more = true; more;) {
    ScriptedChoices choices(script);
    found.insert(recovered(choices, syncs_before_the_flag));
    more = choices.next_script(script);
  }
  return found;
}

TEST_F(DiskInWorld, EveryPowerCutIsReachedAndFindsTheMissingSync) {
  EXPECT_THAT(every_recovery(true), testing::UnorderedElementsAre(of('1', 512), of('2', 512)));
  EXPECT_EQ(every_recovery(false).count(of('\0', 512)), 1U);
}

}  // namespace
}  // namespace aioemu
