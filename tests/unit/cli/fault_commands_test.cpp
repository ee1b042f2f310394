// What `aioemu explain`, `sites` and `profiles` print and end with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <variant>

#include "cli/explain_command.h"
#include "cli/profiles_command.h"
#include "cli/sites_command.h"
#include "fault/capabilities.h"
#include "fault/profiles.h"
#include "fault/sites.h"

namespace aioemu::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Printed {
  int status;
  std::string out;
  std::string err;
};

template <typename Command>
Printed printed(Command command) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = command();
  const std::string out = testing::internal::GetCapturedStdout();
  return {status, out, testing::internal::GetCapturedStderr()};
}

Printed explained(const std::string& rule) {
  return printed([&] { return explain_command(rule); });
}

TEST(ExplainCommand, SaysInWordsWhatARuleDoes) {
  const Printed result = explained("submit when=1 nr >= 2 partial 1");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out,
            "submit nr>=2 when=1 partial 1\n"
            "  where    calls of io_submit with a valid context and at least one iocb\n"
            "  which    the number of iocbs in the io_submit is at least 2; it has more than 1 "
            "iocb\n"
            "  when     the 1st eligible call of the run, counted over all processes\n"
            "  what     the first K iocbs are accepted, the rest is not looked at (K is 1)\n"
            "  legal    yes: a correct kernel may do this to a correct program\n"
            "  acts in  World, Runtime, aioemu run\n");
}

TEST(ExplainCommand, ExplainsEveryStatement) {
  const Printed result =
      explained("seed 3; set sector=4096; submit partial 1; complete hang; profile stale");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.out, StartsWith("seed 3\nset sector=4096\nsubmit partial 1\n"));
  EXPECT_THAT(result.out, HasSubstr("\ncomplete hang\n"));
  EXPECT_THAT(result.out, HasSubstr("profile stale\n  what     reads that give"));
}

TEST(ExplainCommand, RefusesAsARunWould) {
  const Printed error = explained("submit errno EIO");
  EXPECT_EQ(error.status, 1);
  EXPECT_EQ(error.out, "");
  EXPECT_THAT(error.err, StartsWith("aioemu: rule:1:14: no kernel lets io_submit fail with EIO; "
                                    "legal here: EAGAIN EINVAL EBADF EFAULT ENOSYS\n"));
  const Printed hostile = explained("hostile duplicate");
  EXPECT_EQ(hostile.status, 1);
  EXPECT_THAT(hostile.out, HasSubstr("refused unless 'set legal=' names 'illegal'"));
}

TEST(ExplainCommand, WantsSomethingToExplain) {
  for (const char* nothing : {"", "  ", "# a comment", ";"}) {
    const Printed result = explained(nothing);
    EXPECT_EQ(result.status, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, "aioemu: there is no rule to explain (aioemu explain --help)\n");
  }
}

TEST(SitesCommand, ListsEverySiteAndItsErrors) {
  const Printed result = printed(sites_command);
  EXPECT_EQ(result.status, 0);
  for (const fault::Site& site : fault::sites()) {
    EXPECT_THAT(result.out, HasSubstr("\n  " + title(site)));
    EXPECT_THAT(result.out, HasSubstr("\n      " + std::string(site.effect)));
  }
  EXPECT_THAT(result.out, HasSubstr("      fsync  EIO ESTALE ENOSPC EDQUOT EROFS\n"));
  EXPECT_THAT(result.out, HasSubstr("      poll   none\n"));
}

TEST(ProfilesCommand, ListsThem) {
  const Printed result = printed([] { return profiles_command("", 0); });
  EXPECT_EQ(result.status, 0);
  for (const fault::Profile& profile : fault::profiles()) {
    EXPECT_THAT(result.out, HasSubstr(std::string(profile.name) + " "));
    EXPECT_THAT(result.out, HasSubstr(" " + std::string(summary(profile)) + "\n"));
  }
}

TEST(ProfilesCommand, PrintsTheRulesOfOne) {
  const Printed result = printed([] { return profiles_command("hung-disk", 0); });
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out,
            "# one request never completes\n"
            "hung-disk: complete op=read,write,sync when=20 hang\n");
}

TEST(ProfilesCommand, DrawsSwarmByTheSeed) {
  const auto swarm = [](std::uint64_t seed) {
    return printed([seed] { return profiles_command("swarm", seed); }).out;
  };
  EXPECT_EQ(swarm(1), swarm(1));
  EXPECT_NE(swarm(1), swarm(2));
  EXPECT_THAT(swarm(4), HasSubstr("this one is of seed 4\n"));
}

TEST(ProfilesCommand, DrawsWhatARunDraws) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::string drawn = printed([seed] { return profiles_command("swarm", seed); }).out;
    const auto plan = fault::parse_for(fault::run_capabilities(), drawn, "swarm");
    EXPECT_FALSE(std::holds_alternative<fault::PlanError>(plan)) << drawn;
  }
}

TEST(ProfilesCommand, KnowsTheNearestName) {
  const Printed result = printed([] { return profiles_command("busy-kernal", 0); });
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.err,
            "aioemu: no profile is called 'busy-kernal'; did you mean 'busy-kernel'? (aioemu "
            "profiles lists them)\n");
}

}  // namespace
}  // namespace aioemu::cli
