#include "fault/explain.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/fault/plans.h"

namespace aioemu::fault {
namespace {

// The line with that label; empty when there is none.
std::string line(const std::string& label, std::string_view rule) {
  const FaultPlan plan = plan_of(rule);
  for (const Explained& each : explain(plan.rules.at(0), plan.legal.value_or(kDefaultLegal))) {
    if (each.label == label) return each.text;
  }
  return "";
}

TEST(Explain, SaysWhere) {
  EXPECT_EQ(line("where", "setup errno EAGAIN"), "calls of io_setup");
  EXPECT_EQ(line("where", "complete hang"), "accepted requests");
  EXPECT_EQ(line("where", "wait early 1"), "calls of io_getevents and io_pgetevents");
  EXPECT_EQ(line("where", "wait eventfd_late"),
            "requests that signal an eventfd, when they complete");
}

TEST(Explain, SaysWhich) {
  EXPECT_EQ(line("which", "submit nr>=2 partial 1"),
            "the number of iocbs in the io_submit is at least 2; it has more than 1 iocb");
  EXPECT_EQ(line("which", "complete op=read path=/a/* direct=yes flags=nowait offset=0..511 hang"),
            "reads only; the file's path matches /a/*; the file is open with O_DIRECT; it has the "
            "flags nowait; it touches one of the bytes 0 to 511");
  EXPECT_EQ(line("which", "complete hang"), "all of them");
  EXPECT_EQ(line("which", "complete errno ENOSPC"), "writes and fsyncs only");
  EXPECT_EQ(line("which", "complete op=write errno EAGAIN"),
            "writes only; it must not wait (RWF_NOWAIT or O_NONBLOCK)");
  EXPECT_EQ(line("which", "wait min_nr>1 early 1"), "min_nr is above 1");
}

TEST(Explain, SaysWhen) {
  EXPECT_EQ(line("when", "complete hang"), "always");
  EXPECT_EQ(line("when", "complete when=1 hang"),
            "the 1st eligible request of the run, counted over all processes");
  EXPECT_EQ(line("when", "submit when=3+3 partial 1"),
            "every 3rd eligible call of the run, counted over all processes, from the 3rd on");
  EXPECT_EQ(line("when", "complete when=2..12 times=1 hang"),
            "from the 2nd to the 12th eligible request of the run, counted over all processes; at "
            "most 1 time");
  EXPECT_EQ(line("when", "complete probability=1% after=2s for=5ms hang"),
            "with the chance 1 in 100; after 2 s of the run; for 5 ms");
  EXPECT_EQ(line("when", "complete seq=wxxwX hang"),
            "of the eligible requests the 2nd, 3rd, 5th and all that follow");
  EXPECT_EQ(line("when", "complete when=22 persist=persistent hang"),
            "the 22nd eligible request of the run, counted over all processes; and from then on "
            "always");
}

TEST(Explain, SaysWhat) {
  EXPECT_EQ(line("what", "complete errno EIO"),
            "the request completes with that error and moves no byte: EIO");
  EXPECT_EQ(line("what", "complete short sectors:1"),
            "of it only 1 sector is moved, and the result says how many");
  EXPECT_EQ(line("what", "complete short 0"), "no byte is moved, and the result says how many");
  EXPECT_EQ(line("what", "complete delay 1ms..20ms"),
            "the request moves its bytes and completes so much later (1 ms to 20 ms)");
  EXPECT_EQ(line("what", "medium torn_write keep=first:2"),
            "only some of the write's sectors reach the disk: the first 2");
  EXPECT_EQ(line("then", "complete continue delay 1ms"), "rules behind it may act as well");
}

TEST(Explain, SaysWhetherItIsLegal) {
  EXPECT_EQ(line("legal", "submit partial 1"),
            "yes: a correct kernel may do this to a correct program");
  EXPECT_EQ(line("legal", "complete errno EIO"), "yes: hardware is known to do this");
  EXPECT_EQ(line("legal", "hostile duplicate"),
            "no: no kernel and no device does this; refused unless 'set legal=' names 'illegal'");
  EXPECT_EQ(line("legal", "set legal=illegal; hostile duplicate"),
            "no: no kernel and no device does this");
}

TEST(Explain, SaysWhoCarriesItOut) {
  EXPECT_EQ(line("acts in", "submit partial 1"), "World, Runtime, aioemu run");
  const std::string power = line("acts in", "durability power_cut");
  EXPECT_NE(power.find("never outside of World"), std::string::npos) << power;
}

}  // namespace
}  // namespace aioemu::fault
