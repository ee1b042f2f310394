// Under the command: what rules may match in a program that knows nothing of them, what its disk
// does to it, and what no kernel would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

// What the surveyor says under one rule.
std::string survey(const std::string& rule, const std::string& seed = "0",
                   const std::string& name = "data") {
  const Scratch scratch;
  const Outcome outcome = aioemu_run({"--quiet", "--seed", seed, "--fault", rule},
                                     {client("surveyor"), scratch / name});
  // 99: an oracle minds what the surveyor makes of the fault.
  EXPECT_THAT(outcome.status, AnyOf(0, 99)) << outcome.err;
  return outcome.out;
}

std::string survey_illegal(const std::string& rule) {
  return survey("set legal=kernel,device,illegal; " + rule);
}

constexpr const char* kAllIsWell =
    "write 512 512 512 512 512\nread 2560 abcde\nfile abcde\nevents 6\n";

TEST(Matching, IsByThePathOfTheFile) {
  const std::string rule = "complete path=data op=write when=1 errno EIO";
  EXPECT_THAT(survey(rule), StartsWith("write -5 512 "));
  EXPECT_EQ(survey(rule, "0", "other"), kAllIsWell);
}

TEST(Matching, IsByOffset) {
  EXPECT_THAT(survey("complete op=write offset=1024..1100 errno EIO"),
              StartsWith("write 512 512 -5 512 512\n"));
}

TEST(Matching, IsByFlagsAndData) {
  EXPECT_THAT(survey("complete op=write flags=dsync errno EIO"),
              StartsWith("write 512 512 512 512 -5\n"));
  EXPECT_THAT(survey("complete op=write data=7 errno EIO"),
              StartsWith("write 512 512 512 512 -5\n"));
}

TEST(Matching, IsByTime) {
  EXPECT_EQ(survey("complete after=3600s errno EIO"), kAllIsWell);
  EXPECT_THAT(survey("complete op=write after=0ns for=3600s errno EIO"),
              StartsWith("write -5 -5 -5 -5 -5\n"));
}

TEST(Medium, ReadsFindWhatWasNotWritten) {
  EXPECT_THAT(survey("medium op=read bit_rot"), HasSubstr("?"));
  EXPECT_THAT(survey("medium op=read bit_rot"), HasSubstr("file abcde\n"));
  EXPECT_THAT(survey("medium op=read latent_sector_error"), HasSubstr("read -5 \nfile abcde\n"));
  const std::string misdirected = survey("medium op=read misdirected_read");
  EXPECT_THAT(misdirected, HasSubstr("file abcde\n"));
  EXPECT_EQ(misdirected.find("read 2560 abcde"), std::string::npos);
}

TEST(Medium, WritesDoNotArrive) {
  EXPECT_THAT(survey("medium op=write offset=512..1023 lost_write"),
              HasSubstr("write 512 512 512 512 512\nread 2560 a?cde\nfile a?cde\n"));
  const std::string elsewhere = survey("medium op=write data=7 when=1 misdirected_write");
  EXPECT_EQ(elsewhere, kAllIsWell) << "it lies behind the end, where nothing is misdirected";
}

TEST(Medium, ASectorMayBeSmall) {
  EXPECT_THAT(survey("set sector=16; medium op=write data=7 torn_write keep=first:1"),
              HasSubstr("write 512 512 512 512 512\nread 2064 abcd\nfile abcd\n"));
}

TEST(Medium, TheSameSeedIsTheSameDisk) {
  const std::string rule = "medium op=read misdirected_read";
  EXPECT_EQ(survey(rule, "5"), survey(rule, "5"));
}

TEST(Space, EndsWithAShortWrite) {
  EXPECT_THAT(survey("durability op=write enospc budget=1000"),
              StartsWith("write 512 488 -28 -28 -28\n"));
}

TEST(Hostile, EventsMayComeTwiceOrOutOfNowhere) {
  EXPECT_THAT(survey_illegal("hostile op=read duplicate"), HasSubstr("events 7\n"));
  EXPECT_THAT(survey_illegal("hostile op=read spurious"), HasSubstr("events 7\n"));
  EXPECT_THAT(survey_illegal("hostile op=read event_before_data"),
              HasSubstr("read 2560 ?????\nfile abcde\n"));
}

TEST(Hostile, MustBeAskedFor) {
  const Outcome outcome =
      aioemu_run({"--fault", "hostile duplicate"}, {client("surveyor"), "/dev/null"});
  EXPECT_EQ(outcome.status, 125);
}

TEST(Medium, VerdictsOnDurabilityStayRefused) {
  const Outcome outcome =
      aioemu_run({"--fault", "durability power_cut"}, {client("surveyor"), "/dev/null"});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_THAT(outcome.err, HasSubstr("acts in World only"));
}

}  // namespace
}  // namespace run_test
