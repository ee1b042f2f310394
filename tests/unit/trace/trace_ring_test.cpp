#include "observe/trace_ring.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <thread>
#include <vector>

#include "observe/fan.h"
#include "observe/file_names.h"

namespace aioemu::observe {
namespace {

Record numbered(std::uint64_t number) {
  Record record;
  record.event = Event::accepted;
  record.serial = number;
  return record;
}

std::vector<std::uint64_t> drained(TraceRing& ring, bool give_up = false) {
  std::vector<std::uint64_t> serials;
  ring.drain(give_up, [&](const Record& record) { serials.push_back(record.serial); });
  return serials;
}

TEST(TraceRing, GivesBackWhatWasPutInOldestFirst) {
  const auto ring = std::make_unique<TraceRing>();
  EXPECT_TRUE(drained(*ring).empty());
  for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_TRUE(ring->push(numbered(i)));
  EXPECT_EQ(drained(*ring), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_TRUE(drained(*ring).empty());
}

TEST(TraceRing, TakesNoMoreThanItHoldsAndGoesOnOnceEmptied) {
  const auto ring = std::make_unique<TraceRing>();
  for (int lap = 0; lap < 3; ++lap) {
    for (std::uint64_t i = 0; i < TraceRing::kSlots; ++i) ASSERT_TRUE(ring->push(numbered(i)));
    EXPECT_FALSE(ring->push(numbered(0)));
    EXPECT_EQ(drained(*ring).size(), TraceRing::kSlots);
  }
}

TEST(TraceRing, SaysWhenHalfOfItIsFilled) {
  const auto ring = std::make_unique<TraceRing>();
  std::size_t said = 0;
  for (std::uint64_t i = 0; i < TraceRing::kSlots; ++i) {
    ASSERT_TRUE(ring->push(numbered(i)));
    if (ring->half_filled()) ++said;
  }
  EXPECT_EQ(said, 2U);
}

TEST(TraceRing, KeepsEachWritersOrderAndLosesNothing) {
  constexpr std::uint64_t kEach = 100000;
  const auto ring = std::make_unique<TraceRing>();
  const auto write = [&](std::uint64_t writer) {
    for (std::uint64_t i = 1; i <= kEach; ++i) {
      while (!ring->push(numbered(writer << 32U | i))) std::this_thread::yield();
    }
  };
  std::thread first(write, 0);
  std::thread second(write, 1);
  std::vector<std::uint64_t> last(2);
  bool in_order = true;
  while (last[0] < kEach || last[1] < kEach) {
    ring->drain(false, [&](const Record& record) {
      std::uint64_t& before = last[record.serial >> 32U];
      in_order = in_order && (record.serial & 0xffffffff) == before + 1;
      ++before;
    });
  }
  first.join();
  second.join();
  EXPECT_TRUE(in_order);
  EXPECT_EQ(ring->lost, 0U);
}

// A writer that is killed while it writes leaves a page fault's worth of trouble: its record's
// memory cannot be read, and it dies between claiming the slot and filling it.
TEST(TraceRing, PassesBySlotsOfWritersThatWereKilled) {
  void* const memory =
      mmap(nullptr, sizeof(TraceRing), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const ring = static_cast<TraceRing*>(memory);
  ASSERT_TRUE(ring->push(numbered(1)));
  const pid_t child = fork();
  if (child == 0) {
    void* const hole = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ring->push(*static_cast<const Record*>(hole));
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
  ASSERT_TRUE(ring->push(numbered(3)));
  EXPECT_EQ(drained(*ring), (std::vector<std::uint64_t>{1}));
  EXPECT_TRUE(ring->waits_for_writer());
  EXPECT_EQ(drained(*ring, true), (std::vector<std::uint64_t>{3}));
  EXPECT_EQ(ring->lost, 1U);
  // The ring is a slot smaller, and works as before.
  for (int lap = 0; lap < 2; ++lap) {
    for (std::uint64_t i = 0; i + 1 < TraceRing::kSlots; ++i) ASSERT_TRUE(ring->push(numbered(i)));
    EXPECT_FALSE(ring->push(numbered(0)));
    EXPECT_EQ(drained(*ring).size(), TraceRing::kSlots - 1);
  }
  munmap(memory, sizeof(TraceRing));
}

TEST(FileNames, SayEachNameOnce) {
  const auto names = std::make_unique<FileNames>();
  EXPECT_EQ(names->find(7), "");
  FileNames::Place* const place = names->claim(7);
  ASSERT_NE(place, nullptr);
  EXPECT_EQ(names->find(7), "");
  place->fill("/tmp/f");
  EXPECT_EQ(names->find(7), "/tmp/f");
  EXPECT_EQ(names->claim(7), nullptr);
}

TEST(FileNames, KeepFilesApartThatWouldHaveTheSamePlace) {
  const auto names = std::make_unique<FileNames>();
  names->claim(3)->fill("a");
  names->claim(3 + FileNames::kFiles)->fill("b");
  EXPECT_EQ(names->find(3), "a");
  EXPECT_EQ(names->find(3 + FileNames::kFiles), "b");
}

class Counting final : public Observer {
 public:
  explicit Counting(std::uint32_t events) { want(events); }
  void see(const Record&, std::span<const abi::Segment>) noexcept override {
    ++seen;
    want(event_bit(Event::ended));
  }
  int seen = 0;
};

TEST(Fan, WantsWhatEitherWantsAndTellsBoth) {
  Counting first(event_bit(Event::accepted));
  Counting second(event_bit(Event::held));
  Fan fan(&first, &second);
  EXPECT_TRUE(fan.wants(Event::accepted));
  EXPECT_TRUE(fan.wants(Event::held));
  EXPECT_FALSE(fan.wants(Event::ended));
  fan.see(Record{}, {});
  EXPECT_EQ(first.seen, 1);
  EXPECT_EQ(second.seen, 1);
  EXPECT_FALSE(fan.wants(Event::accepted));
  EXPECT_TRUE(fan.wants(Event::ended));
}

TEST(Fan, DoesWithoutEither) {
  Fan fan(nullptr, nullptr);
  EXPECT_EQ(fan.wanted(), 0U);
  fan.see(Record{}, {});
}

}  // namespace
}  // namespace aioemu::observe
