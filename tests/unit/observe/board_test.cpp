#include "observe/board.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/observe/play.h"

namespace aioemu::observe {
namespace {

TEST(Places, TheLowestFreeOneIsTaken) {
  Places<128> places{};
  for (std::size_t i = 0; i < 128; ++i) EXPECT_EQ(places.take(), i);
  EXPECT_EQ(places.take(), 128U);
  places.leave(70);
  places.leave(3);
  EXPECT_EQ(places.take(), 3U);
  EXPECT_EQ(places.take(), 70U);
}

TEST(Places, NextVisitsTheTakenOnesInOrder) {
  Places<128> places{};
  for (int i = 0; i < 128; ++i) static_cast<void>(places.take());
  for (std::size_t i = 0; i < 128; ++i) {
    if (i != 5 && i != 64 && i != 127) places.leave(i);
  }
  EXPECT_EQ(places.next(0), 5U);
  EXPECT_EQ(places.next(6), 64U);
  EXPECT_EQ(places.next(65), 127U);
  places.leave(127);
  EXPECT_EQ(places.next(65), 128U);
}

TEST(Tale, OfABoardThatNobodyWroteToIsEmpty) {
  const OwnBoard board = make_board();
  const Tale tale = read(*board, true);
  EXPECT_FALSE(tale.watched);
  EXPECT_EQ(tale.count(), 0U);
  EXPECT_TRUE(tale.in_flight.empty());
}

TEST(Tale, TellsWhatIsInFlightInOrderOfSubmission) {
  Play play;
  const Ask ask{};
  const std::uint64_t first = play.hold(ask);
  const std::uint64_t second = play.hold({.offset = 4096, .iocb = 2});
  play.complete(first, ask, 4096);
  const std::uint64_t third = play.hold({.offset = 8192, .iocb = 3});
  const Tale tale = play.tale();
  ASSERT_EQ(tale.in_flight.size(), 2U);
  EXPECT_EQ(tale.in_flight[0].request.serial, second);
  EXPECT_EQ(tale.in_flight[1].request.serial, third);
}

TEST(Tale, SaysHowManyRequestsHadNoPlace) {
  Play play({kDefaultOracles, false});
  for (std::size_t i = 0; i < Board::kHeld + 3; ++i) {
    play.hold({.offset = static_cast<std::int64_t>(i) * 4096, .iocb = i + 1});
  }
  EXPECT_EQ(play.tale().in_flight.size(), Board::kHeld);
  EXPECT_EQ(play.tale().unwatched, 3U);
}

TEST(Tale, DebtsAreFindingsOnlyWhenItIsOver) {
  Play play;
  play.refuse({}, -EAGAIN);
  EXPECT_EQ(play.tale(false).count(), 0U);
  EXPECT_EQ(play.tale(true).count(), 1U);
  EXPECT_EQ(play.tale(true).findings[0].oracle, Oracle::dropped_iocb);
}

TEST(Tale, DebtsThatTheEndHasJudgedCountOnce) {
  Play play;
  play.refuse({}, -EAGAIN);
  play.end();
  play.end();
  EXPECT_EQ(play.tale(true).count(), 1U);
  EXPECT_EQ(play.tale(true).findings.size(), 1U);
}

TEST(Tale, IsReadThoughAWriterWasKilledInTheMiddle) {
  Play play;
  play.refuse({}, -EAGAIN);
  play.board->turn.fetch_add(1);
  EXPECT_EQ(play.tale(true).count(), 1U);
}

}  // namespace
}  // namespace aioemu::observe
