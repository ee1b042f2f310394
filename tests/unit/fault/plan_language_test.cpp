// Every layer, match, schedule and action of the plan language, as it is read and printed.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "fault/plan.h"
#include "fault/vocabulary.h"
#include "tests/unit/fault/plans.h"

namespace aioemu::fault {
namespace {

// Canonical texts are read and printed as they are.
class Canonical : public testing::TestWithParam<const char*> {};

TEST_P(Canonical, IsPrintedAsItWasRead) {
  const std::string text = GetParam();
  EXPECT_EQ(canonical(text), text + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Actions, Canonical,
    testing::Values(
        "setup errno EAGAIN", "submit errno ENOSYS", "submit partial 3", "submit block 5ms",
        "submit complete_early", "complete errno EIO", "complete short 0", "complete short -1",
        "complete short sectors:1", "complete delay 1ms", "complete delay 1ms..2s",
        "complete stall 3s", "complete hang", "wait errno EINTR", "wait early 1",
        "wait eventfd_late 5ms", "cancel einval", "cancel inprogress_done",
        "cancel inprogress_canceled", "medium latent_sector_error", "medium bit_rot",
        "medium misdirected_write", "medium misdirected_read", "medium lost_write",
        "medium stale_read", "medium torn_write keep=first:2", "medium torn_write keep=last:1",
        "medium torn_write keep=random", "durability fsync eio_clean", "durability fsync eio_dirty",
        "durability fsync eio_revert", "durability fsync eio_next", "durability fsync lie",
        "durability enospc budget=4096", "durability enospc budget=4096 refill=512 after=1s",
        "durability power_cut", "hostile duplicate", "hostile spurious", "hostile res_too_large",
        "hostile wrong_data", "hostile ring_corrupt", "hostile event_before_data"));

INSTANTIATE_TEST_SUITE_P(
    Matches, Canonical,
    testing::Values("complete op=read,fsync hang", "complete path=/data/** hang",
                    "complete path=\"/a b;c#d\" hang", "complete path=\"a\\\"b\" hang",
                    "complete direct=yes hang", "complete direct=no hang",
                    "complete flags=nowait,resfd hang", "complete data=7 ctx=1 thread!=2 hang",
                    "complete fd>=3 len<512 nr=1..4 batch_index=0 inflight=0 hang",
                    "complete offset=0..511 hang", "wait min_nr>1 nr<=8 inflight>0 early 1",
                    "setup nr>=128 ctx=2 thread=1 errno ENOMEM",
                    "wait path=*.db fd=3 eventfd_late 1ms"));

INSTANTIATE_TEST_SUITE_P(
    Schedules, Canonical,
    testing::Values("submit when=3+5 times=2 one_in=10 partial 1",
                    "submit probability=1/200 partial 1", "submit after=2s for=500ms partial 1",
                    "complete budget=1048576 errno ENOSPC", "submit seq=wxxwX errno EAGAIN",
                    "complete persist=persistent errno EIO",
                    "complete persist=transient continue errno EIO", "order inline", "order fifo",
                    "order lifo", "order random", "order pct depth=3",
                    "order pct depth=3 steps=100", "profile busy-kernel",
                    "set sector=4096 block=8192 aio-max-nr=7 legal=kernel,device,illegal"));

TEST(Language, CoversEverySite) {
  std::set<std::string> read;
  for (const Site& site : sites()) {
    read.insert(std::string(word_of(site.layer)) + " " + title(site));
  }
  EXPECT_EQ(read.size(), sites().size());
  EXPECT_EQ(sites().size(), 36U);
  for (const Site& site : sites()) EXPECT_EQ(&site_of(site.layer, site.action), &site);
}

TEST(Language, ReadsRatiosExactly) {
  const auto ratio = [](const std::string& text) {
    const Schedule schedule = rule_of("submit probability=" + text + " partial 1").schedule;
    return std::to_string(schedule.chance) + "/" + std::to_string(schedule.of);
  };
  EXPECT_EQ(ratio("2/100"), "1/50");
  EXPECT_EQ(ratio("0.01"), "1/100");
  EXPECT_EQ(ratio("0.5%"), "1/200");
  EXPECT_EQ(ratio("25%"), "1/4");
  EXPECT_EQ(ratio("1"), "1/1");
  EXPECT_EQ(ratio("100%"), "1/1");
  EXPECT_EQ(ratio("0.000000000000001"), "1/1000000000000000");
}

TEST(Language, RefusesWhatIsNoRatio) {
  const auto refused = [](const std::string& text) {
    return message_of("submit probability=" + text + " partial 1");
  };
  EXPECT_EQ(refused("0"), "a ratio is above 0 and at most 1");
  EXPECT_EQ(refused("3/2"), "a ratio is above 0 and at most 1");
  EXPECT_EQ(refused("101%"), "a ratio is above 0 and at most 1");
  EXPECT_EQ(refused("1/0"), "a ratio is above 0 and at most 1");
  EXPECT_EQ(refused("x"), "expected a ratio such as 1/100, 0.01 or 1%, found 'x'");
  EXPECT_EQ(refused("1%%"), "expected a ratio such as 1/100, 0.01 or 1%, found '1%%'");
  EXPECT_EQ(refused("0.0000000000000001"), "at most 15 decimal places, and at most 100");
}

TEST(Language, ReadsDurationsInAnyUnit) {
  EXPECT_EQ(canonical("submit block 5000000ns"), "submit block 5ms\n");
  EXPECT_EQ(canonical("submit block 1500us"), "submit block 1500us\n");
  EXPECT_EQ(canonical("complete delay 1s..1s"), "complete delay 1s\n");
  EXPECT_EQ(canonical("wait eventfd_late"), "wait eventfd_late 5ms\n");
  EXPECT_EQ(message_of("submit block 5"), "expected a duration in ns, us, ms or s, found '5'");
  EXPECT_EQ(message_of("submit block 99999999999s"), "'99999999999s' does not fit into 64 bits");
  EXPECT_EQ(message_of("complete delay 2ms..1ms"), "the range ends before it begins");
  EXPECT_EQ(message_of("submit for=0s partial 1"), "nothing happens for no time");
}

TEST(Language, ReadsSequences) {
  EXPECT_EQ(rule_of("submit seq=wxxwX partial 1").schedule.seq.view(), "wxxwX");
  EXPECT_EQ(message_of("submit seq=wXw partial 1"),
            "a sequence is made of w (works) and x (fails); W or X stands at its end and means "
            "from then on");
  EXPECT_EQ(message_of("submit seq=" + std::string(63, 'w') + " partial 1"),
            "a sequence has at most 62 letters");
  EXPECT_EQ(message_of("submit seq=1 partial 1"), "expected letters: w works, x fails, found '1'");
}

TEST(Language, ReadsPaths) {
  EXPECT_EQ(rule_of("complete path=\"/a b\" hang").match.path.view(), "/a b");
  EXPECT_EQ(canonical("complete path=\"/plain\" hang"), "complete path=/plain hang\n");
  EXPECT_EQ(message_of("complete path=\"/a hang"), "the quote is not closed on this line");
  EXPECT_EQ(message_of("complete path= hang").substr(0, 41),
            "expected a path, which may have * and **,");
  EXPECT_EQ(message_of("complete path=a\"b hang"), "a quote within a path is written \\\"");
  EXPECT_EQ(message_of("complete path=\"\" hang"), "a path is not empty");
  EXPECT_EQ(message_of("complete path=" + std::string(300, 'a') + " hang"),
            "a path has at most 254 bytes");
}

TEST(Language, RefusesUnknownFlagsAndAnswers) {
  EXPECT_EQ(message_of("complete direct=maybe hang"),
            "expected an answer (yes or no), found 'maybe'");
  EXPECT_EQ(message_of("complete flags=nowiat hang"),
            "expected a flag (hipri, dsync, sync, nowait, append, noappend, atomic, dontcache, "
            "nosignal, resfd or ioprio), found 'nowiat'; did you mean 'nowait'?");
  EXPECT_EQ(message_of("complete persist=forever hang"),
            "expected a kind of fault (transient or persistent), found 'forever'");
}

TEST(Language, ChecksWhatAnActionWants) {
  EXPECT_EQ(message_of("wait early 0"), "how many events come is at least 1");
  EXPECT_EQ(message_of("wait min_nr>1 eventfd_late"),
            "'min_nr' says nothing about 'wait eventfd_late'");
  EXPECT_EQ(message_of("wait fd=3 early 1"), "'fd' says nothing about 'wait early'");
  EXPECT_EQ(message_of("durability fsync eio"),
            "expected what becomes of it (eio_clean, eio_dirty, eio_revert, eio_next or lie), "
            "found 'eio'");
  EXPECT_EQ(message_of("medium torn_write"),
            "expected what is kept (keep), found the end of the statement");
  EXPECT_EQ(message_of("medium torn_write keep=first:0"), "a number of sectors is at least 1");
  EXPECT_EQ(message_of("durability enospc budget=1K refill=0 after=1s"), "a refill of nothing");
  EXPECT_EQ(message_of("durability budget=1K enospc budget=1K"),
            "'enospc' has its budget behind it");
  EXPECT_EQ(message_of("complete times=2 persist=persistent errno EIO"),
            "'persist=persistent' has no end, and 'times' wants one");
}

TEST(Language, ListsTheLegalErrorsOfEachCall) {
  EXPECT_EQ(message_of("setup errno EIO"),
            "no kernel lets io_setup fail with EIO; legal here: EAGAIN ENOMEM ENOSYS EPERM");
  EXPECT_EQ(message_of("wait errno EAGAIN"),
            "no kernel lets io_getevents fail with EAGAIN; legal here: EINTR");
}

TEST(Settings, AreCheckedAndGivenOnce) {
  EXPECT_EQ(message_of("set sector=1000"), "a sector is a power of two from 16 to 64K");
  EXPECT_EQ(message_of("set block=128K"), "a block is a power of two from 16 to 64K");
  EXPECT_EQ(message_of("set sector=512 sector=512"), "'sector' is set twice");
  EXPECT_EQ(message_of("set legal=kernel; set legal=device"), "'legal' is set twice");
  EXPECT_EQ(message_of("set legal=everything"),
            "expected who may do it (kernel, device or illegal), found 'everything'");
  EXPECT_EQ(message_of("order random; order fifo"), "the order is given twice");
  EXPECT_EQ(message_of("order pct"),
            "expected an argument (depth), found the end of the statement");
  EXPECT_EQ(message_of("profile stale; profile stale"), "the profile 'stale' is named twice");
  EXPECT_EQ(message_of("order random 3"), "expected the end of the statement, found '3'");
}

TEST(Origin, TellsWhereARuleWasRead) {
  const auto parsed = parse("seed 1\n\nx: submit partial 1", "f.plan");
  const FaultRule& rule = std::get<FaultPlan>(parsed).rules.at(0);
  EXPECT_EQ(rule.origin.source, "f.plan");
  EXPECT_EQ(rule.origin.line, 3);
}

TEST(Legal, EnforcesWhatIsAllowed) {
  EXPECT_TRUE(illegal(plan_of("medium bit_rot; complete errno EIO; submit partial 1")).empty());
  const std::vector<PlanError> hostile = illegal(plan_of("submit partial 1\nhostile duplicate"));
  ASSERT_EQ(hostile.size(), 1U);
  EXPECT_EQ(hostile[0].line, 2);
  EXPECT_EQ(hostile[0].message,
            "no kernel and no device does this; 'set legal=kernel,device,illegal' asks for it all "
            "the same");
  EXPECT_TRUE(illegal(plan_of("set legal=illegal; hostile duplicate")).empty());
  const std::vector<PlanError> device =
      illegal(plan_of("set legal=kernel; medium bit_rot; complete errno EIO; complete short 1"));
  ASSERT_EQ(device.size(), 2U);
  EXPECT_EQ(device[0].message,
            "this is device-legal, and 'set legal=' of this plan does not name 'device'");
}

}  // namespace
}  // namespace aioemu::fault
