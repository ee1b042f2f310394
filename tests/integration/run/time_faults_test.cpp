// Faults of calls and in time, as a program sees them that knows nothing of the emulator. Delays
// that nobody is to see the end of last an hour; other ends are waited for. What the oracles think
// of it is not asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::HasSubstr;

struct Case {
  const char* name;
  const char* plan;
  Words words;
  const char* seen;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.plan; }

class TimeFault : public testing::TestWithParam<Case> {};

TEST_P(TimeFault, IsSeenByTheProgram) {
  Words program = {client("acts")};
  program.insert(program.end(), GetParam().words.begin(), GetParam().words.end());
  const Outcome outcome = aioemu_run({"--oracles", "none", "--fault", GetParam().plan}, program);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, GetParam().seen);
}

const Case kCases[] = {
    {"Setup", "setup when=2 errno EAGAIN", {"setup", "setup"}, "setup -11\nsetup 0\n"},
    {"Block", "submit block 5ms", {"read", "look"}, "submit 1\nlook 1: a=4\n"},
    {"CompleteEarly", "submit complete_early", {"sync", "look"}, "submit 1\nlook 1: a=0\n"},
    {"Delay",
     "complete delay 3600s",
     {"read", "sync", "look", "bell", "buffer"},
     "submit 1\nsubmit 1\nlook 0:\nbell 0\nbuffer ----\n"},
    {"DelayEnds",
     "complete delay 5ms",
     {"read", "wait", "bell", "buffer"},
     "submit 1\nwait 1: a=4\nbell 1\nbuffer abcd\n"},
    {"DelayIsHeard",
     "complete delay 5ms",
     {"read", "listen", "look"},
     "submit 1\nbell 1\nlook 1: a=4\n"},
    {"DelayedPoll",
     "complete op=poll delay 3600s",
     {"fire", "poll", "look", "read", "look"},
     "submit 1\nlook 0:\nsubmit 1\nlook 1: b=4\n"},
    {"Stall",
     "complete op=write stall 3600s",
     {"write", "read", "look"},
     "submit 1\nsubmit 1\nlook 0:\n"},
    {"StallEnds",
     "complete op=write stall 5ms",
     {"write", "read", "wait2", "buffer"},
     "submit 1\nsubmit 1\nwait2 2: a=4 b=4\nbuffer ----\n"},
    {"Hang",
     "complete when=1 hang",
     {"read", "read", "wait", "look"},
     "submit 1\nsubmit 1\nwait 1: b=4\nlook 0:\n"},
    {"Order", "order lifo", {"reads", "wait"}, "submit 4\nwait 4: d=4 c=4 b=4 a=4\n"},
    {"OrderIsHeard", "order lifo", {"read", "listen", "look"}, "submit 1\nbell 1\nlook 1: a=4\n"},
    {"Interrupted",
     "wait errno EINTR",
     {"poll", "wait", "read", "wait"},
     "submit 1\nwait -4:\nsubmit 1\nwait 1: b=4\n"},
    {"Early",
     "wait early 1",
     {"reads", "wait2", "look"},
     "submit 4\nwait2 1: a=4\nlook 3: b=4 c=4 d=4\n"},
    {"LateEventfd",
     "wait eventfd_late 3600s",
     {"read", "look", "bell"},
     "submit 1\nlook 1: a=4\nbell 0\n"},
    {"LateEventfdComes",
     "wait eventfd_late",
     {"read", "look", "listen"},
     "submit 1\nlook 1: a=4\nbell 1\n"},
    {"CancelEinval",
     "cancel einval",
     {"poll", "cancel", "fire", "wait"},
     "submit 1\ncancel -22\nwait 1: a=65\n"},
    {"CancelDone",
     "cancel inprogress_done; complete op=read delay 5ms",
     {"read", "cancel", "wait"},
     "submit 1\ncancel -115\nwait 1: a=4\n"},
    {"CancelCanceled",
     "cancel inprogress_canceled; complete op=read delay 3600s",
     {"read", "cancel", "wait", "buffer"},
     "submit 1\ncancel -115\nwait 1: a=-125\nbuffer ----\n"},
};

INSTANTIATE_TEST_SUITE_P(Actions, TimeFault, testing::ValuesIn(kCases),
                         [](const auto& one) { return one.param.name; });

TEST(TimeFaults, TheSameSeedGivesTheSameOrder) {
  const Words program = {client("acts"), "reads", "wait", "reads", "wait"};
  const auto order = [&](const char* seed) {
    return aioemu_run({"--fault", "order random", "--seed", seed}, program).out;
  };
  const std::string first = order("11");
  EXPECT_THAT(first, HasSubstr("wait 4:"));
  EXPECT_EQ(order("11"), first);
  EXPECT_NE(order("12") + order("13") + order("14"), first + first + first);
}

}  // namespace
}  // namespace run_test
