// What a session remembers of programs that could not be served, and how it is told.
#include "host/unserved.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/unserved_report.h"

namespace aioemu {
namespace {

using cli::read_unserved;
using cli::summary_of;
using testing::HasSubstr;
using testing::Not;

class Unserved : public testing::Test {
 protected:
  host::Unserved unserved_{};
};

TEST_F(Unserved, SaysNothingWhenEverythingWasReached) {
  EXPECT_EQ(summary_of(read_unserved(unserved_)), "");
}

TEST_F(Unserved, NamesAProgramThatWasStarted) {
  unserved_.note_stranger(12, "/bin/busybox");
  EXPECT_EQ(
      summary_of(read_unserved(unserved_)),
      "aioemu: NOT SERVED: /bin/busybox (pid 12): statically linked or for another machine\n");
}

TEST_F(Unserved, NamesAProgramThatWasKilledOnce) {
  unserved_.note_stranger(12, "/bin/a");
  unserved_.note_stranger(13, "/bin/b");
  unserved_.note_killed(13);
  const std::string text = summary_of(read_unserved(unserved_));
  EXPECT_THAT(text, HasSubstr("NOT SERVED: /bin/a (pid 12)"));
  EXPECT_THAT(text, HasSubstr("KILLED BY SIGSYS: /bin/b (pid 13)"));
  EXPECT_THAT(text, Not(HasSubstr("a process")));
}

TEST_F(Unserved, TakesTheNewestOfOneProcessId) {
  unserved_.note_stranger(12, "/bin/old");
  unserved_.note_stranger(12, "/bin/new");
  unserved_.note_killed(12);
  const auto list = read_unserved(unserved_).list;
  EXPECT_FALSE(list[0].killed);
  EXPECT_TRUE(list[1].killed);
}

TEST_F(Unserved, CountsTheKilledThatNobodyKnows) {
  unserved_.note_killed(1);
  unserved_.note_killed(2);
  EXPECT_THAT(summary_of(read_unserved(unserved_)), HasSubstr("KILLED BY SIGSYS: 2 processes"));
}

TEST_F(Unserved, CountsProgramsBeyondTheRoom) {
  for (int pid = 1; pid <= 20; ++pid) unserved_.note_stranger(pid, "/bin/p");
  EXPECT_EQ(unserved_.known().size(), 16U);
  EXPECT_THAT(summary_of(read_unserved(unserved_)),
              HasSubstr("NOT SERVED: 4 more programs of that kind\n"));
}

TEST_F(Unserved, CutsALongPath) {
  unserved_.note_stranger(1, std::string(500, 'x').c_str());
  EXPECT_EQ(read_unserved(unserved_).list[0].path, std::string(119, 'x'));
}

TEST_F(Unserved, SaysWhyInlineCallsWereNotCaught) {
  unserved_.note_trap_refused(ENOSYS);
  EXPECT_THAT(summary_of(read_unserved(unserved_)),
              HasSubstr("inline system calls were not caught (ENOSYS"));
}

TEST_F(Unserved, IsInTheReport) {
  unserved_.note_stranger(12, "/bin/a");
  unserved_.note_killed(12);
  EXPECT_EQ(json_of(read_unserved(unserved_)).dump(),
            R"({"inline_calls_uncaught":0,"killed_by_sigsys":1,"programs":1,)"
            R"("list":[{"pid":12,"path":"/bin/a","killed":true}]})");
}

}  // namespace
}  // namespace aioemu
