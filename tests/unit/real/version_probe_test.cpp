#include "real/version_probe.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>

namespace real {
namespace {

int own_priority() { return static_cast<int>(syscall(SYS_ioprio_get, 1, 0)); }

// The lowest descriptor that is free: it tells whether a probe left one open.
int free_descriptor() {
  const int fd = dup(STDERR_FILENO);
  close(fd);
  return fd;
}

bool kernel_is_at_least(int major, int minor) {
  utsname names{};
  int has_major = 0;
  int has_minor = 0;
  if (uname(&names) != 0) return false;
  if (std::sscanf(names.release, "%d.%d", &has_major, &has_minor) != 2) return false;
  return has_major > major || (has_major == major && has_minor >= minor);
}

TEST(VersionProbe, NewKernelsHaveEverything) {
  if (!kernel_is_at_least(6, 10)) GTEST_SKIP() << "an older kernel";
  EXPECT_TRUE(clamps_single_segment());
  EXPECT_TRUE(takes_ioprio_hints());
  EXPECT_TRUE(timerfd_has_read_iter());
}

TEST(VersionProbe, AnswersAreTheSameEachTime) {
  EXPECT_EQ(clamps_single_segment(), clamps_single_segment());
  EXPECT_EQ(takes_ioprio_hints(), takes_ioprio_hints());
  EXPECT_EQ(may_use_realtime_io(), may_use_realtime_io());
  EXPECT_EQ(timerfd_has_read_iter(), timerfd_has_read_iter());
}

TEST(VersionProbe, CallersPriorityAndDescriptorsStayAsTheyWere) {
  const int priority = own_priority();
  const int descriptor = free_descriptor();
  clamps_single_segment();
  takes_ioprio_hints();
  may_use_realtime_io();
  timerfd_has_read_iter();
  EXPECT_EQ(own_priority(), priority);
  EXPECT_EQ(free_descriptor(), descriptor);
}

}  // namespace
}  // namespace real
