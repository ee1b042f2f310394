// Debts: what the program has to do again, and what it leaves behind.

#include "observe/oracles.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/observe/play.h"

namespace aioemu::observe {
namespace {

constexpr Ask kFirst{.offset = 0, .iocb = 0x1000};
constexpr Ask kSecond{.offset = 4096, .iocb = 0x2000};

// ---- dropped_iocb ----

TEST(DroppedIocb, TheTailOfAPartialSubmitIsDroppedWhenItNeverComesAgain) {
  Play play;
  play.accept(kFirst);
  play.refuse(kSecond, 0);
  play.end();
  ASSERT_EQ(play.count(Oracle::dropped_iocb), 1U);
  EXPECT_EQ(play.tale().findings[0].story.request.offset, 4096);
}

TEST(DroppedIocb, ATailThatIsSubmittedAgainIsNotDropped) {
  Play play;
  play.accept(kFirst);
  play.refuse(kSecond, 0);
  play.begin_batch();
  play.accept(kSecond);
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 0U);
}

TEST(DroppedIocb, TheSameWorkInAnotherIocbCounts) {
  Play play;
  play.accept(kFirst);
  play.refuse(kSecond, 0);
  play.begin_batch();
  play.accept({.offset = 4096, .data = 7, .iocb = 0x9000});
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 0U);
}

TEST(DroppedIocb, OtherWorkInTheSameIocbDoesNot) {
  Play play;
  play.accept(kFirst);
  play.refuse(kSecond, 0);
  play.begin_batch();
  play.accept({.offset = 65536, .data = 1, .iocb = 0x2000});
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 1U);
}

// Arrays of iocbs are filled again for the next batch, and aio_data is often left at 0.
TEST(DroppedIocb, OtherWorkInTheSameIocbWithTheSameDataDoesNotEither) {
  Play play;
  play.accept(kFirst);
  play.refuse(kSecond, 0);
  play.begin_batch();
  play.accept({.offset = 65536, .data = kSecond.data, .iocb = kSecond.iocb});
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 1U);
}

TEST(DroppedIocb, AReadDoesNotStandForAWrite) {
  Play play;
  play.accept(kFirst);
  play.refuse(kSecond, 0);
  play.begin_batch();
  play.accept({.op = abi::Opcode::pread, .offset = 4096, .iocb = 0x2000});
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 1U);
}

TEST(DroppedIocb, ASynchronousWriteOfTheSameBytesCounts) {
  Play play;
  play.refuse(kFirst, -EAGAIN);
  play.synchronous({.offset = 0, .length = 8192, .iocb = 0});
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 0U);
}

TEST(DroppedIocb, AFsyncIsTakenUpByAnyFsyncOfTheFile) {
  Play play;
  play.refuse({.op = abi::Opcode::fsync, .length = 0, .iocb = 0x1000}, -EAGAIN);
  play.begin_batch();
  play.accept({.op = abi::Opcode::fdsync, .length = 0, .iocb = 0x3000});
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 0U);
}

TEST(DroppedIocb, EverythingOfACallThatFailedWithEagainIsOwed) {
  Play play;
  play.refuse(kFirst, -EAGAIN);
  play.refuse(kSecond, 0);
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 2U);
}

TEST(DroppedIocb, AnotherErrorOfTheWholeCallHasToldTheProgramEverything) {
  for (const int error : {EINVAL, EBADF, EFAULT, ENOSYS}) {
    Play play;
    play.refuse(kFirst, -error);
    play.refuse(kSecond, 0);
    play.end();
    EXPECT_EQ(play.count(Oracle::dropped_iocb), 0U) << error;
  }
}

TEST(DroppedIocb, AnErrorBehindTheFirstElementIsOneThatNobodyHasSeen) {
  Play play;
  play.accept(kFirst);
  play.refuse(kSecond, -EINVAL);
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 1U);
}

TEST(DroppedIocb, OfferedAgainAndRefusedForGoodItIsSettled) {
  Play play;
  play.accept(kFirst);
  play.refuse(kSecond, 0);
  play.begin_batch();
  play.refuse(kSecond, -EINVAL);
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 0U);
}

TEST(DroppedIocb, OfferedAgainAndAgainItIsOwedOnce) {
  Play play;
  for (int i = 0; i < 5; ++i) {
    play.begin_batch();
    play.refuse(kFirst, -EAGAIN);
  }
  play.end();
  ASSERT_EQ(play.count(Oracle::dropped_iocb), 1U);
  EXPECT_EQ(play.tale().findings[0].story.attempts, 5U);
}

TEST(DroppedIocb, TwoOfOneBatchOnTheSameBytesAreOwedBoth) {
  Play play;
  play.accept(kFirst);
  play.refuse({.iocb = 0x2000}, 0);
  play.refuse({.iocb = 0x3000}, 0);
  play.end();
  EXPECT_EQ(play.count(Oracle::dropped_iocb), 2U);
}

TEST(DroppedIocb, WhatHasNoPlaceIsCounted) {
  Play play;
  for (std::size_t i = 0; i < Board::kOwed + 5; ++i) {
    play.refuse({.offset = static_cast<std::int64_t>(i) * 4096, .iocb = 0x1000 + i}, -EAGAIN);
  }
  play.end();
  EXPECT_EQ(play.tale().forgotten, 5U);
  EXPECT_EQ(play.count(Oracle::dropped_iocb), Board::kOwed);
  EXPECT_EQ(play.tale().findings.size(), Board::kFindingsOfOne);
}

// ---- short_not_continued ----

TEST(ShortNotContinued, ARestThatNobodyAsksForIsAFinding) {
  Play play;
  play.complete(play.accept(kFirst), kFirst, 512, 0);
  play.end();
  ASSERT_EQ(play.count(Oracle::short_not_continued), 1U);
  const Story story = play.tale().findings[0].story;
  EXPECT_EQ(story.result, 512);
  EXPECT_EQ(story.end_rule, 0);
}

TEST(ShortNotContinued, ARestThatIsAskedForIsNone) {
  Play play;
  play.complete(play.accept(kFirst), kFirst, 512, 0);
  play.accept({.offset = 512, .length = 3584, .iocb = 0x5000});
  play.end();
  EXPECT_EQ(play.count(Oracle::short_not_continued), 0U);
}

TEST(ShortNotContinued, AskingForTheWholeAgainIsAsGood) {
  Play play;
  play.complete(play.accept(kFirst), kFirst, 512, 0);
  play.accept(kFirst);
  play.end();
  EXPECT_EQ(play.count(Oracle::short_not_continued), 0U);
}

TEST(ShortNotContinued, SoIsASynchronousTransferOfTheRest) {
  Play play;
  play.complete(play.accept(kFirst), kFirst, 512, 0);
  play.synchronous({.offset = 512, .length = 3584, .iocb = 0});
  play.end();
  EXPECT_EQ(play.count(Oracle::short_not_continued), 0U);
}

TEST(ShortNotContinued, WhatWasReadBeforeIsNotTheRest) {
  Play play;
  play.complete(play.accept(kFirst), kFirst, 512, 0);
  play.accept({.offset = 0, .length = 512, .iocb = 0x5000});
  play.end();
  EXPECT_EQ(play.count(Oracle::short_not_continued), 1U);
}

TEST(ShortNotContinued, TheNaturalEndOfAFileIsNoFault) {
  Play play;
  const Ask read{.op = abi::Opcode::pread};
  play.complete(play.accept(read), read, 512);
  play.end();
  EXPECT_EQ(play.count(Oracle::short_not_continued), 0U);
}

TEST(ShortNotContinued, AReadOfNothingLooksLikeTheEndOfTheFile) {
  Play play;
  const Ask read{.op = abi::Opcode::pread};
  play.complete(play.accept(read), read, 0, 0);
  play.end();
  EXPECT_EQ(play.count(Oracle::short_not_continued), 0U);
}

TEST(ShortNotContinued, AWriteOfNothingDoesNot) {
  Play play;
  play.complete(play.accept(kFirst), kFirst, 0, 0);
  play.end();
  EXPECT_EQ(play.count(Oracle::short_not_continued), 1U);
}

TEST(ShortNotContinued, AnInjectedErrorIsNotShort) {
  Play play;
  play.complete(play.accept(kFirst), kFirst, -EIO, 0);
  play.end();
  EXPECT_EQ(play.count(Oracle::short_not_continued), 0U);
}

TEST(ShortNotContinued, WhereThereAreNoOffsetsTheLengthOfTheRestTells) {
  Play play;
  play.complete(play.accept(kFirst), kFirst, 4000, 0);
  play.accept({.offset = 0, .length = 96, .iocb = 0x5000});
  play.end();
  EXPECT_EQ(play.count(Oracle::short_not_continued), 0U);
}

TEST(ShortNotContinued, TheStoryNamesTheRuleThatCutARequestInFlight) {
  Play play;
  const std::uint64_t serial = play.hold(kFirst);
  Record fault = play.record(Event::fault, kFirst);
  fault.serial = serial;
  fault.rule = 4;
  fault.layer = fault::Layer::complete;
  fault.action = fault::Action::short_to;
  play.tell(fault);
  play.complete(serial, kFirst, 512, 4);
  play.end();
  ASSERT_EQ(play.count(Oracle::short_not_continued), 1U);
  const Story story = play.tale().findings[0].story;
  ASSERT_EQ(story.deed_count, 1U);
  EXPECT_EQ(story.deeds[0].rule, 4);
  EXPECT_EQ(story.deeds[0].action, fault::Action::short_to);
}

// ---- contexts ----

TEST(UnreapedEvents, ADestroyWithEventsInTheRingIsAFinding) {
  Play play;
  Record destroy = play.record(Event::destroy);
  destroy.amount = 3;
  play.tell(destroy);
  ASSERT_EQ(play.count(Oracle::unreaped_events), 1U);
  EXPECT_EQ(play.tale().findings[0].seen.amount, 3U);
}

TEST(UnreapedEvents, RequestsInFlightAtDestroyAreNone) {
  Play play;
  Record destroy = play.record(Event::destroy);
  destroy.count = 3;
  play.tell(destroy);
  EXPECT_EQ(play.tale().count(), 0U);
}

TEST(UnreapedEvents, TheyCountAtTheEndOfTheProcessToo) {
  Play play({kDefaultOracles, false});
  Record left = play.record(Event::left);
  left.amount = 1;
  play.tell(left);
  EXPECT_EQ(play.count(Oracle::unreaped_events), 1U);
}

TEST(LeakedContext, IsAskedForByNameOnly) {
  for (const bool asked : {false, true}) {
    Play play({asked ? kAllOracles : kDefaultOracles, false});
    play.tell(play.record(Event::left));
    EXPECT_EQ(play.count(Oracle::leaked_context), asked ? 1U : 0U);
  }
}

// ---- what is wanted ----

TEST(Wanted, WithNothingOwedAndNothingInFlightOnlyRareEvents) {
  Play play;
  for (const Event event : {Event::accepted, Event::started, Event::completed, Event::submitted,
                            Event::submit, Event::wait, Event::reaped, Event::waited}) {
    EXPECT_FALSE(play.oracles.wants(event)) << word_of(event);
  }
  for (const Event event :
       {Event::refused, Event::held, Event::fault, Event::destroy, Event::left, Event::ended}) {
    EXPECT_TRUE(play.oracles.wants(event)) << word_of(event);
  }
}

TEST(Wanted, ADebtMakesAcceptedRequestsInteresting) {
  Play play;
  play.refuse(kFirst, -EAGAIN);
  EXPECT_TRUE(play.oracles.wants(Event::accepted));
  EXPECT_TRUE(play.oracles.wants(Event::synchronous));
  play.accept(kFirst);
  EXPECT_FALSE(play.oracles.wants(Event::accepted));
}

TEST(Wanted, ARequestInFlightDoesTheSame) {
  Play play;
  const std::uint64_t serial = play.hold(kFirst);
  EXPECT_TRUE(play.oracles.wants(Event::accepted));
  EXPECT_TRUE(play.oracles.wants(Event::started));
  play.complete(serial, kFirst, 4096);
  EXPECT_FALSE(play.oracles.wants(Event::accepted));
  EXPECT_FALSE(play.oracles.wants(Event::completed));
}

TEST(Wanted, NobodyWantsAnythingOfOraclesWithoutABoard) {
  Oracles none;
  for (std::size_t i = 0; i < kEvents; ++i) EXPECT_FALSE(none.wants(static_cast<Event>(i)));
}

}  // namespace
}  // namespace aioemu::observe
