// Each clause of the oracle's model, with transcripts made by hand.
#include "conformance/program/oracle.h"

#include <gtest/gtest.h>

#include <functional>

#include "conformance/program/differences.h"
#include "conformance/program/text.h"

namespace conformance::program {
namespace {

// A program of two statements, and what both sides agree about.
struct Case {
  Program program = std::get<Program>(parse("submit ctx0 nr=2 iocb0 iocb1\ngetevents ctx0 nr=4\n"));
  Transcript emulator = transcript();
  Transcript kernel = transcript();

  static Arrival arrival(std::uint64_t data, std::int64_t res, bool apart = false) {
    Arrival made;
    made.event = {data, 0x1000, res, 0};
    made.apart = apart;
    return made;
  }
  static Transcript transcript() {
    Transcript made;
    made.steps.resize(2);
    made.steps[0].result = 2;
    made.steps[0].arrived = {arrival(1, 100), arrival(2, 200)};
    made.steps[0].rings[0] = {true, 0, 2};
    made.steps[0].memory = 77;
    made.steps[1].result = 2;
    made.steps[1].reaped = {made.steps[0].arrived[0].event, made.steps[0].arrived[1].event};
    made.steps[1].rings[0] = {true, 2, 2};
    made.ending.room = {120, 248, 0, 0};
    made.ending.files = {10'000, 5};
    return made;
  }
  std::optional<Divergence> verdict() const { return compare(program, emulator, kernel); }
};

// What changes in the emulator's transcript, where it must be noticed, and as what.
struct Clause {
  const char* what;
  std::size_t step;
  std::function<void(Transcript&)> change;
};

class EveryClause : public testing::TestWithParam<Clause> {};

TEST_P(EveryClause, IsADivergenceAtItsStep) {
  Case one;
  GetParam().change(one.emulator);
  const std::optional<Divergence> found = one.verdict();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->what, GetParam().what);
  EXPECT_EQ(found->step, GetParam().step);
}

const std::vector<Clause>& clauses() {
  static const std::vector<Clause> all{
      {"result", 0, [](Transcript& seen) { seen.steps[0].result = 1; }},
      {"sleep", 1, [](Transcript& seen) { seen.steps[1].interrupted = true; }},
      {"events reaped", 1, [](Transcript& seen) { seen.steps[1].reaped[0].res = 99; }},
      {"events reaped", 1,
       [](Transcript& seen) { std::swap(seen.steps[1].reaped[0], seen.steps[1].reaped[1]); }},
      {"events in the ring", 0, [](Transcript& seen) { seen.steps[0].arrived[1].event.res2 = 1; }},
      {"events in the ring", 0,
       [](Transcript& seen) { std::swap(seen.steps[0].arrived[0], seen.steps[0].arrived[1]); }},
      {"events in the ring", 0, [](Transcript& seen) { seen.steps[0].arrived.pop_back(); }},
      {"events in the ring", 0, [](Transcript& seen) { seen.steps[0].arrived[0].context = 1; }},
      {"ring words", 1, [](Transcript& seen) { seen.steps[1].rings[0].head = 1; }},
      {"ring words", 0, [](Transcript& seen) { seen.steps[0].rings[0].tail = 3; }},
      {"ring words", 0, [](Transcript& seen) { seen.steps[0].rings[1].there = true; }},
      {"memory", 0, [](Transcript& seen) { seen.steps[0].memory = 78; }},
      {"SIGPIPE received", 0, [](Transcript& seen) { seen.steps[0].signals = 1; }},
      {"completions", 2, [](Transcript& seen) { seen.ending.missing[0] = 1; }},
      {"events of cancelled polls", 2,
       [](Transcript& seen) { seen.ending.arrived.push_back(Case::arrival(3, 0, true)); }},
      {"requests that an emptied ring takes", 2,
       [](Transcript& seen) { seen.ending.room[0] = 119; }},
      {"contents of files", 2, [](Transcript& seen) { seen.ending.files[0] = 9'999; }},
      {"end", 2, [](Transcript& seen) { seen.fault = "sleeps for ever"; }},
      {"number of steps", 1, [](Transcript& seen) { seen.steps.pop_back(); }}};
  return all;
}

INSTANTIATE_TEST_SUITE_P(Oracle, EveryClause, testing::ValuesIn(clauses()));

TEST(Oracle, EqualTranscriptsAgree) { EXPECT_FALSE(Case().verdict()); }

TEST(Oracle, TheFirstDifferenceCounts) {
  Case one;
  one.emulator.steps[1].result = 0;
  one.emulator.steps[0].memory = 1;
  EXPECT_EQ(one.verdict()->step, 0U);
}

TEST(Oracle, ARequestThatNeverCompletesOnTheKernelIsADivergenceToo) {
  Case one;
  one.kernel.ending.missing[1] = 2;
  one.emulator.ending.missing[1] = 2;
  EXPECT_EQ(one.verdict()->what, "completions");
}

TEST(Oracle, SaysWhatWasExpectedAndWhatWasGot) {
  Case one;
  one.emulator.steps[0].result = -22;
  EXPECT_EQ(one.verdict()->expected, "2");
  EXPECT_EQ(one.verdict()->got, "-EINVAL");
}

// ---- known differences ----

Case direct(const std::string& request, std::int64_t emulator, std::int64_t kernel) {
  Case one;
  one.program = std::get<Program>(parse("iocb iocb0 " + request + "\nsubmit ctx0 iocb0\n"));
  one.emulator.steps[1].arrived = {Case::arrival(1, emulator, true)};
  one.kernel.steps[1].arrived = {Case::arrival(1, kernel, true)};
  return one;
}
Case odd_read(std::int64_t emulator, std::int64_t kernel) {
  return direct("pread fd=direct buf=buffer nbytes=12500", emulator, kernel);
}

TEST(KnownDifferences, EachHasAReason) {
  for (const KnownDifference& one : known_differences()) {
    EXPECT_GT(std::string(one.reason).size(), 40U) << one.name;
  }
}

TEST(KnownDifferences, ADirectTransferOfAnOddLengthMayFaultWhereWorldLooksAtTheLengthFirst) {
  EXPECT_FALSE(odd_read(-22, -14).verdict());
  EXPECT_FALSE(direct("pwrite fd=direct buf=buffer nbytes=12500", -22, -14).verdict());
}

TEST(KnownDifferences, NothingElseOfADirectTransferIsExcused) {
  EXPECT_TRUE(odd_read(-14, -22).verdict());
  EXPECT_TRUE(odd_read(-22, 512).verdict());
  EXPECT_TRUE(odd_read(512, -14).verdict());
  EXPECT_TRUE(direct("pread fd=direct buf=buffer nbytes=512", -22, -14).verdict());
  EXPECT_TRUE(direct("pread fd=rw buf=buffer nbytes=12500", -22, -14).verdict());
}

TEST(KnownDifferences, AnotherDifferenceOfTheSameStepIsNotExcused) {
  const std::vector<std::function<void(Step&)>> changes{
      [](Step& step) { step.result = 0; },        [](Step& step) { step.interrupted = true; },
      [](Step& step) { step.reaped.pop_back(); }, [](Step& step) { step.rings[0].head = 1; },
      [](Step& step) { step.signals = 1; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Case one = odd_read(-22, -14);
    changes[i](one.emulator.steps[1]);
    EXPECT_TRUE(one.verdict()) << "change " << i;
  }
}

TEST(KnownDifferences, MemoryAloneIsNotExcused) {
  Case one = odd_read(512, 512);
  one.emulator.steps[1].memory = 1;
  EXPECT_TRUE(one.verdict());
}

}  // namespace
}  // namespace conformance::program
