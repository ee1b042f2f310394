// What no kernel does to a real process, asked for by a plan.

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

constexpr const char* kIllegal = "set legal=kernel,device,illegal; ";

class HostileTest : public RuntimeTest {
 protected:
  explicit HostileTest(const std::string& plan, std::uint64_t seed = 0)
      : RuntimeTest({.plan = kIllegal + plan, .seed = seed}), file_(file_with("0123456789")) {}
  // One read of four bytes, with a cookie.
  std::vector<io_event> events_of_a_read() {
    block_ = request(IOCB_CMD_PREAD, file_, buffer_.data(), 4, 2);
    block_.aio_data = 77;
    EXPECT_EQ(submit(block_), 1);
    return events_now();
  }

  Fd file_;
  iocb block_{};
  std::array<char, 8> buffer_{};
};

class DuplicateTest : public HostileTest {
 protected:
  DuplicateTest() : HostileTest("twice: hostile when=1 duplicate") {}
};

TEST_F(DuplicateTest, TheEventComesTwice) {
  const std::vector<io_event> events = events_of_a_read();
  ASSERT_EQ(events.size(), 2U);
  for (const io_event& event : events) {
    EXPECT_EQ(event.data, 77U);
    EXPECT_EQ(event.res, 4);
    EXPECT_EQ(event.obj, reinterpret_cast<std::uint64_t>(&block_));
  }
  EXPECT_EQ(runtime_.fired("twice"), 1U);
  EXPECT_EQ(events_of_a_read().size(), 1U);
}

class SpuriousTest : public HostileTest {
 protected:
  SpuriousTest() : HostileTest("ghost: hostile when=1 spurious") {}
};

TEST_F(SpuriousTest, AnEventOfNobodysRequestComesToo) {
  const std::vector<io_event> events = events_of_a_read();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].data, 77U);
  EXPECT_NE(events[1].data, 77U);
  EXPECT_NE(events[1].obj, events[0].obj);
}

class TooLargeTest : public HostileTest {
 protected:
  TooLargeTest() : HostileTest("hostile res_too_large") {}
};

TEST_F(TooLargeTest, TheResultIsMoreThanWasAskedFor) {
  const std::vector<io_event> events = events_of_a_read();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_GT(events[0].res, 4);
  EXPECT_STREQ(buffer_.data(), "2345");
}

class WrongDataTest : public HostileTest {
 protected:
  WrongDataTest() : HostileTest("hostile wrong_data") {}
};

TEST_F(WrongDataTest, TheCookieIsAnother) {
  const std::vector<io_event> events = events_of_a_read();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_NE(events[0].data, 77U);
  EXPECT_EQ(events[0].res, 4);
}

class RingCorruptTest : public HostileTest {
 protected:
  RingCorruptTest() : HostileTest("broken: hostile when=1 ring_corrupt") {}
};

TEST_F(RingCorruptTest, AWordOfTheHeaderIsAnother) {
  std::array<std::uint32_t, 8> before{};
  std::array<std::uint32_t, 8> after{};
  const auto* const ring = reinterpret_cast<const void*>(ctx_);
  std::memcpy(before.data(), ring, sizeof before);
  block_ = request(IOCB_CMD_PREAD, file_, buffer_.data(), 4);
  ASSERT_EQ(submit(block_), 1);
  std::memcpy(after.data(), ring, sizeof after);
  EXPECT_NE(before, after);
  EXPECT_EQ(runtime_.fired("broken"), 1U);
}

class EventFirstTest : public HostileTest {
 protected:
  EventFirstTest() : HostileTest("early: hostile op=read when=1 event_before_data") {}
};

TEST_F(EventFirstTest, TheBytesComeAfterTheEvent) {
  buffer_.fill('~');
  const std::vector<io_event> events = events_of_a_read();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].res, 4);
  EXPECT_EQ(runtime_.fired("early"), 1U);
  // They come by themselves; a loop that does not end is a failure.
  const auto* const first = reinterpret_cast<const std::atomic<char>*>(buffer_.data());
  while (first->load(std::memory_order_acquire) != '2') usleep(100);
}

TEST_F(EventFirstTest, AReadThatBringsNothingHidesNothing) {
  std::array<char, 4> empty{};
  iocb block = request(IOCB_CMD_PREAD, file_, empty.data(), 4, 100);
  EXPECT_EQ(run(block), 0);
  EXPECT_EQ(runtime_.fired("early"), 0U);
}

class EventFirstDestroyTest : public HostileTest {
 protected:
  EventFirstDestroyTest() : HostileTest("hostile op=read event_before_data") {}
};

TEST_F(EventFirstDestroyTest, BytesThatAreStillToComeDoNotOutliveTheRuntime) {
  EXPECT_EQ(events_of_a_read().size(), 1U);
  EXPECT_EQ(events_of_a_read().size(), 1U);
}

class PollDuplicateTest : public HostileTest {
 protected:
  PollDuplicateTest() : HostileTest("hostile op=poll duplicate") {}
};

TEST_F(PollDuplicateTest, PollsAreNotSpared) {
  const Fd counter(eventfd(1, 0));
  iocb block = poll_request(counter, POLLIN);
  ASSERT_EQ(submit(block), 1);
  EXPECT_EQ(events_now().size(), 2U);
}

TEST(HostilePlanTest, HasToBeAskedFor) {
  EXPECT_THROW(Runtime({.plan = "hostile duplicate"}), std::invalid_argument);
}

class SeededSpuriousTest : public HostileTest {
 protected:
  SeededSpuriousTest() : HostileTest("hostile spurious", 3) {}
};

TEST_F(SeededSpuriousTest, TheSameSeedInventsTheSameEvents) {
  const std::vector<io_event> events = events_of_a_read();
  Runtime second({.plan = std::string(kIllegal) + "hostile spurious", .seed = 3});
  aio_context_t ctx = 0;
  ASSERT_EQ(second.io_setup(64, &ctx), 0);
  iocb* list[] = {&block_};
  ASSERT_EQ(second.io_submit(ctx, 1, list), 1);
  std::array<io_event, 4> again{};
  ASSERT_EQ(second.io_getevents(ctx, 2, 4, again.data()), 2);
  EXPECT_EQ(again[1].data, events.at(1).data);
  EXPECT_EQ(again[1].res, events.at(1).res);
  EXPECT_EQ(second.io_destroy(ctx), 0);
}

}  // namespace
}  // namespace aioemu
