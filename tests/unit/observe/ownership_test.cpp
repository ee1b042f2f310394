// What must not happen while a request is in flight.

#include <gtest/gtest.h>

#include "observe/oracles.h"
#include "tests/unit/observe/play.h"

namespace aioemu::observe {
namespace {

constexpr Ask kWrite{.op = abi::Opcode::pwrite};
constexpr Ask kRead{.op = abi::Opcode::pread};

// One request in flight whose buffer meets `change` before its bytes move.
template <typename Change>
Tale in_flight(const Ask& ask, Buffer& buffer, Change change, bool whole = false) {
  Play play({kDefaultOracles, whole});
  const std::uint64_t serial = play.hold(ask, buffer.segments());
  change(play);
  play.start(serial, ask, buffer.segments());
  play.complete(serial, ask, 4096);
  return play.tale();
}

std::uint64_t findings(const Tale& tale) {
  return tale.counts[static_cast<std::size_t>(Oracle::buffer_ownership)];
}

TEST(BufferOwnership, AWriteWhoseBufferStaysAsItWasIsFine) {
  Buffer buffer(4096);
  EXPECT_EQ(in_flight(kWrite, buffer, [](Play&) {}).count(), 0U);
}

TEST(BufferOwnership, AWriteWhoseBufferChangesIsSeen) {
  Buffer buffer(4096);
  const Tale tale = in_flight(kWrite, buffer, [&](Play&) { buffer.bytes.assign(4096, 'b'); });
  ASSERT_EQ(findings(tale), 1U);
  EXPECT_EQ(tale.findings[0].form, Form::write_buffer_changed);
  EXPECT_EQ(tale.findings[0].low, 0U);
  EXPECT_EQ(tale.findings[0].high, 4096U);
}

TEST(BufferOwnership, SoIsAReadWhoseBufferIsWrittenTo) {
  Buffer buffer(4096);
  const Tale tale = in_flight(kRead, buffer, [&](Play&) { buffer.bytes.front() = 'b'; });
  ASSERT_EQ(findings(tale), 1U);
  EXPECT_EQ(tale.findings[0].form, Form::read_buffer_written);
  EXPECT_EQ(tale.findings[0].high, 64U);
}

TEST(BufferOwnership, TheFirstAndTheLastByteOfALargeBufferAreLookedAt) {
  for (const std::size_t place : {std::size_t{0}, std::size_t{65535}}) {
    Buffer buffer(65536);
    const Tale tale = in_flight(kWrite, buffer, [&](Play&) { buffer.bytes[place] = 'b'; });
    EXPECT_EQ(findings(tale), 1U) << place;
  }
}

TEST(BufferOwnership, ASmallBufferIsLookedAtWholly) {
  for (std::size_t place = 0; place < 500; ++place) {
    Buffer buffer(500);
    const Tale tale = in_flight(kWrite, buffer, [&](Play&) { buffer.bytes[place] = 'b'; });
    EXPECT_EQ(findings(tale), 1U) << place;
  }
}

TEST(BufferOwnership, WholeBuffersSeesEveryByte) {
  for (std::size_t place = 0; place < 5000; place += 7) {
    Buffer buffer(5000);
    const Tale tale = in_flight(
        kWrite, buffer, [&](Play&) { buffer.bytes[place] = 'b'; }, true);
    ASSERT_EQ(findings(tale), 1U) << place;
    EXPECT_LE(tale.findings[0].low, place);
    EXPECT_GT(tale.findings[0].high, place);
  }
}

TEST(BufferOwnership, ABufferThatIsGoneIsSeen) {
  Buffer buffer(4096);
  const Tale tale = in_flight(kWrite, buffer, [](Play& play) { play.memory.gone = true; });
  ASSERT_EQ(findings(tale), 1U);
  EXPECT_EQ(tale.findings[0].form, Form::unmapped);
}

TEST(BufferOwnership, ABufferThatNeverWasThereIsTheResultsBusiness) {
  Buffer buffer(4096);
  Play play;
  play.memory.gone = true;
  const std::uint64_t serial = play.hold(kWrite, buffer.segments());
  play.start(serial, kWrite, buffer.segments());
  EXPECT_EQ(play.tale().count(), 0U);
}

TEST(BufferOwnership, SegmentsMakeUpOneBuffer) {
  Buffer one(300);
  Buffer other(300);
  const std::vector<abi::Segment> both{one.segments()[0], other.segments()[0]};
  const Ask ask{.op = abi::Opcode::pwritev, .length = 600};
  Play play({kDefaultOracles, true});
  const std::uint64_t serial = play.hold(ask, both);
  other.bytes.back() = 'b';
  play.start(serial, ask, both);
  ASSERT_EQ(play.tale().count(), 1U);
  EXPECT_EQ(play.tale().findings[0].high, 600U);
}

TEST(BufferOwnership, WhatHappensOnceTheBytesMoveIsNobodysFault) {
  Buffer buffer(4096);
  Play play;
  const std::uint64_t serial = play.hold(kRead, buffer.segments());
  play.start(serial, kRead, buffer.segments());
  buffer.bytes.assign(4096, 'b');
  play.complete(serial, kRead, 4096);
  EXPECT_EQ(play.tale().count(), 0U);
}

TEST(BufferOwnership, ReadsMayShareABuffer) {
  Buffer buffer(4096);
  Play play({kDefaultOracles, false});
  const std::uint64_t first = play.hold({.op = abi::Opcode::pread, .iocb = 1}, buffer.segments());
  const std::uint64_t second = play.hold({.op = abi::Opcode::pread, .iocb = 2}, buffer.segments());
  play.start(first, kRead, buffer.segments());
  buffer.bytes.assign(4096, 'b');
  play.complete(first, kRead, 4096);
  play.start(second, kRead, buffer.segments());
  EXPECT_EQ(play.tale().count(), 0U);
}

TEST(BufferOwnership, AReadThatHasBegunMayFillTheBufferOfALaterOne) {
  Buffer buffer(4096);
  Play play({kDefaultOracles, false});
  const std::uint64_t first = play.hold({.op = abi::Opcode::pread, .iocb = 1}, buffer.segments());
  play.start(first, kRead, buffer.segments());
  const std::uint64_t second = play.hold({.op = abi::Opcode::pread, .iocb = 2}, buffer.segments());
  buffer.bytes.assign(4096, 'b');
  play.start(second, kRead, buffer.segments());
  EXPECT_EQ(play.tale().count(), 0U);
}

TEST(BufferOwnership, AReadThatCompletesAtOnceMayFillIt) {
  Buffer buffer(4096);
  Play play({kDefaultOracles, false});
  const std::uint64_t held = play.hold({.op = abi::Opcode::pread, .iocb = 1}, buffer.segments());
  play.accept({.op = abi::Opcode::pread, .iocb = 2}, buffer.segments());
  buffer.bytes.assign(4096, 'b');
  play.start(held, kRead, buffer.segments());
  EXPECT_EQ(play.tale().count(), 0U);
}

// ---- iocb_reused ----

TEST(IocbReused, AnotherRequestWithTheSameIocbAndDataIsSeen) {
  Play play;
  play.hold({.offset = 0, .data = 7, .iocb = 0x1000});
  play.accept({.offset = 8192, .data = 7, .iocb = 0x1000});
  EXPECT_EQ(play.count(Oracle::iocb_reused), 1U);
}

TEST(IocbReused, OtherDataTellsThemApart) {
  Play play;
  play.hold({.offset = 0, .data = 7, .iocb = 0x1000});
  play.accept({.offset = 8192, .data = 8, .iocb = 0x1000});
  EXPECT_EQ(play.count(Oracle::iocb_reused), 0U);
}

TEST(IocbReused, TheVerySameRequestAgainNeedNotBeToldApart) {
  Play play;
  play.hold({.op = abi::Opcode::pread, .data = 7});
  play.accept({.op = abi::Opcode::pread, .data = 7});
  EXPECT_EQ(play.count(Oracle::iocb_reused), 0U);
}

TEST(IocbReused, OnceCompletedTheIocbIsFree) {
  Play play;
  const Ask first{.offset = 0, .data = 7};
  play.complete(play.hold(first), first, 4096);
  play.accept({.offset = 8192, .data = 7});
  EXPECT_EQ(play.count(Oracle::iocb_reused), 0U);
}

// ---- overlap ----

TEST(Overlap, AWriteOverAWriteInFlightIsSeen) {
  Play play;
  play.hold({.offset = 0, .iocb = 1});
  play.hold({.offset = 4095, .iocb = 2});
  EXPECT_EQ(play.count(Oracle::overlap), 1U);
}

TEST(Overlap, SoIsAReadOfWhatIsBeingWritten) {
  Play play;
  play.hold({.offset = 4096, .iocb = 1});
  play.hold({.op = abi::Opcode::pread, .offset = 0, .length = 65536, .iocb = 2});
  EXPECT_EQ(play.count(Oracle::overlap), 1U);
}

TEST(Overlap, NeighboursReadersAndOtherFilesAreNot) {
  Play play;
  play.hold({.offset = 0, .iocb = 1});
  play.hold({.offset = 4096, .iocb = 2});
  play.hold({.offset = 0, .file = 2, .fd = 4, .iocb = 3});
  play.hold({.op = abi::Opcode::pread, .offset = 65536, .iocb = 4});
  play.hold({.op = abi::Opcode::pread, .offset = 65536, .iocb = 5});
  EXPECT_EQ(play.tale().count(), 0U);
}

TEST(Overlap, OffsetsNearTheEndOfTheirRangeDoNotWrap) {
  Play play;
  play.hold({.offset = INT64_MAX - 100, .length = 100, .iocb = 1});
  play.hold({.offset = 0, .length = 100, .iocb = 2});
  play.hold({.offset = INT64_MIN, .length = 100, .iocb = 3});
  EXPECT_EQ(play.count(Oracle::overlap), 0U);
}

TEST(Overlap, IsAskedForByNameOnly) {
  Play play({kDefaultOracles, false});
  play.hold({.offset = 0, .iocb = 1});
  play.hold({.offset = 0, .iocb = 2});
  EXPECT_EQ(play.tale().count(), 0U);
}

}  // namespace
}  // namespace aioemu::observe
