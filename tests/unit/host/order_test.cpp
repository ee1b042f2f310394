// The order of completion that a plan asks for.

#include <algorithm>
#include <array>
#include <numeric>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

constexpr std::size_t kMany = 24;

// A program that submits reads of a file of letters and tells in which order they completed.
class Program {
 public:
  explicit Program(const std::string& plan, std::uint64_t seed = 1)
      : runtime_({.plan = plan, .seed = seed}) {
    EXPECT_EQ(runtime_.io_setup(kMany * 2, &ctx_), 0);
    std::string path = "/tmp/aioemu_order_XXXXXX";
    file_.reset(mkstemp(path.data()));
    unlink(path.c_str());
    EXPECT_EQ(write(file_, kLetters, kMany), static_cast<ssize_t>(kMany));
    for (std::size_t i = 0; i < kMany; ++i) {
      blocks_[i] = request(IOCB_CMD_PREAD, file_, &bytes_[i], 1, static_cast<std::int64_t>(i));
      blocks_[i].aio_data = i;
      list_[i] = &blocks_[i];
    }
  }
  ~Program() {
    if (ctx_ == 0) return;
    EXPECT_EQ(runtime_.io_destroy(ctx_), 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void submit(std::size_t from, std::size_t count) {
    EXPECT_EQ(runtime_.io_submit(ctx_, static_cast<long>(count), &list_[from]),
              static_cast<long>(count));
  }
  std::vector<std::uint64_t> reap(long min_nr, const timespec* timeout = nullptr) {
    std::array<io_event, kMany> events{};
    const long count = runtime_.io_getevents(ctx_, min_nr, kMany, events.data(), timeout);
    EXPECT_GE(count, min_nr);
    std::vector<std::uint64_t> order;
    for (long i = 0; i < count; ++i) order.push_back(events[static_cast<std::size_t>(i)].data);
    return order;
  }
  std::vector<std::uint64_t> order() {
    submit(0, kMany);
    return reap(1);
  }

  static constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyz";
  Runtime runtime_;
  aio_context_t ctx_ = 0;
  Fd file_;
  std::array<char, kMany> bytes_{};
  std::array<iocb, kMany> blocks_{};
  std::array<iocb*, kMany> list_{};
};

std::vector<std::uint64_t> counted() {
  std::vector<std::uint64_t> numbers(kMany);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

TEST(OrderTest, FifoIsThatOfSubmission) { EXPECT_EQ(Program("order fifo").order(), counted()); }

TEST(OrderTest, LifoIsTheOpposite) {
  std::vector<std::uint64_t> backwards = counted();
  std::reverse(backwards.begin(), backwards.end());
  EXPECT_EQ(Program("order lifo").order(), backwards);
}

class DrawnOrderTest : public testing::TestWithParam<const char*> {};

TEST_P(DrawnOrderTest, IsThatOfTheSeed) {
  const std::vector<std::uint64_t> order = Program(GetParam(), 7).order();
  EXPECT_THAT(order, testing::UnorderedElementsAreArray(counted()));
  EXPECT_NE(order, counted());
  EXPECT_EQ(Program(GetParam(), 7).order(), order);
  EXPECT_NE(Program(GetParam(), 8).order(), order);
}

INSTANTIATE_TEST_SUITE_P(Random, DrawnOrderTest,
                         testing::Values("order random", "order pct depth=3 steps=24"));

TEST(OrderTest, AChangeOfPrioritySendsOneToTheEnd) {
  const std::vector<std::uint64_t> plain = Program("order pct depth=1").order();
  std::vector<std::uint64_t> changed = Program("order pct depth=2 steps=1").order();
  ASSERT_EQ(changed.size(), plain.size());
  EXPECT_EQ(changed.back(), plain.front());
  changed.pop_back();
  EXPECT_EQ(changed, std::vector<std::uint64_t>(plain.begin() + 1, plain.end()));
}

TEST(OrderTest, AProgramThatOnlyLooksGetsEverythingToo) {
  Program program("order lifo");
  program.submit(0, 3);
  const timespec none{0, 0};
  EXPECT_THAT(program.reap(0, &none), testing::ElementsAre(2U, 1U, 0U));
  EXPECT_EQ(std::string(program.bytes_.data(), 3), "abc");
}

TEST(OrderTest, AProgramThatListensToAnEventfdIsNotKeptWaiting) {
  Program program("order lifo");
  const Fd bell(eventfd(0, EFD_SEMAPHORE));
  for (std::size_t i = 0; i < 3; ++i) notify(program.blocks_[i], bell);
  program.submit(0, 3);
  std::uint64_t value = 0;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(read(bell, &value, sizeof value), 8);
  const timespec none{0, 0};
  EXPECT_THAT(program.reap(3, &none), testing::ElementsAre(2U, 1U, 0U));
}

TEST(OrderTest, ErrorsAndSyncsHaveTheirPlaceInIt) {
  Program program("order lifo; complete op=read offset=1..1 errno EIO");
  program.blocks_[2] = request(IOCB_CMD_FDSYNC, program.file_, nullptr, 0);
  program.submit(0, 3);
  std::array<io_event, 3> events{};
  ASSERT_EQ(program.runtime_.io_getevents(program.ctx_, 3, 3, events.data(), nullptr), 3);
  EXPECT_EQ(events[0].res, 0);
  EXPECT_EQ(events[1].res, -EIO);
  EXPECT_EQ(events[2].res, 1);
}

TEST(OrderTest, DestroyLetsEverythingGo) {
  Program program("order lifo");
  program.submit(0, kMany);
  EXPECT_EQ(program.runtime_.io_destroy(program.ctx_), 0);
  program.ctx_ = 0;
  EXPECT_EQ(std::string(program.bytes_.data(), kMany),
            std::string(Program::kLetters).substr(0, kMany));
}

TEST(OrderTest, StreamsAreNotHeld) {
  Program program("order lifo");
  const PipeEnds ends = make_pipe();
  ASSERT_EQ(write(ends.in, "x", 1), 1);
  program.blocks_[0] = request(IOCB_CMD_PREAD, ends.out, program.bytes_.data(), 1);
  program.submit(0, 1);
  EXPECT_EQ(program.runtime_.statistics().completed, 1U);
}

}  // namespace
}  // namespace aioemu
