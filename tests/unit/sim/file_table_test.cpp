#include "sim/file_table.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "sim/sim_eventfd.h"

namespace aioemu::sim {
namespace {

struct Deaf final : Watcher {
  void changed(File&, std::uint32_t) noexcept override {}
};

// Counts its own end.
struct Mortal final : File {
  explicit Mortal(int& ends) : File(core::FileKind::other_device), ends_(ends) {}
  void released() override { ++ends_; }
  int& ends_;
};

TEST(FileTable, NumbersBeginHighAndTheLowestFreeOneIsGivenOut) {
  int ends = 0;
  FileTable table;
  EXPECT_EQ(table.insert(new Mortal(ends)), 0x40000000);
  EXPECT_EQ(table.insert(new Mortal(ends)), 0x40000001);
  EXPECT_EQ(table.close(0x40000000), 0);
  EXPECT_EQ(table.insert(new Mortal(ends)), 0x40000000);
  EXPECT_EQ(ends, 1);
}

TEST(FileTable, AFileLivesAsLongAsADuplicateOrAHolder) {
  int ends = 0;
  FileTable table;
  const int fd = table.insert(new Mortal(ends));
  File& file = *table.at(fd);
  const int copy = table.dup(fd);
  table.hold(file);
  table.close(fd);
  table.close(copy);
  EXPECT_EQ(ends, 0);
  table.release(file);
  EXPECT_EQ(ends, 1);
}

TEST(FileTable, FindRefusesWhatIsNotOpen) {
  FileTable table;
  EXPECT_EQ(table.find(-1).error(), Errno{EBADF});
  EXPECT_EQ(table.find(0).error(), Errno{EBADF});
  EXPECT_EQ(table.find(0x40000000).error(), Errno{EBADF});
  EXPECT_EQ(table.close(0x40000000), -EBADF);
}

TEST(FileTable, FindEventfdTellsTheKindsApart) {
  int ends = 0;
  Deaf deaf;
  FileTable table;
  const int other = table.insert(new Mortal(ends));
  const int eventfd = table.insert(new EventFd(0, false, deaf));
  EXPECT_EQ(table.find_eventfd(other).error(), Errno{EINVAL});
  const Result<core::FileRef> found = table.find_eventfd(eventfd);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found.value(), table.at(eventfd)->ref());
  table.drop_eventfd(found.value());
}

}  // namespace
}  // namespace aioemu::sim
