// What World tells an observer: every event, in order, with what it says.
#include <poll.h>

#include <cerrno>
#include <optional>
#include <span>
#include <string>

#include "observe/observer.h"
#include "world_fixture.h"

namespace aioemu {
namespace {

using observe::Event;
using observe::Record;
using testing::ElementsAre;

class Witness final : public observe::Observer {
 public:
  Witness() { want(observe::kAllEvents); }
  void see(const Record& record, std::span<const abi::Segment> segments) noexcept override {
    records.push_back(record);
    lengths.push_back(segments.empty() ? 0 : segments[0].length);
  }
  // The words of the events from `first` on.
  [[nodiscard]] std::vector<std::string> words(std::size_t first = 0) const {
    std::vector<std::string> list;
    for (std::size_t i = first; i < records.size(); ++i) {
      list.emplace_back(observe::word_of(records[i].event));
    }
    return list;
  }
  [[nodiscard]] Record only(Event event) const {
    const Record* found = nullptr;
    for (const Record& record : records) {
      if (record.event != event) continue;
      EXPECT_EQ(found, nullptr) << "more than one " << observe::word_of(event);
      found = &record;
    }
    EXPECT_NE(found, nullptr) << "no " << observe::word_of(event);
    return found != nullptr ? *found : Record{};
  }

  std::vector<Record> records;
  std::vector<std::uint64_t> lengths;
};

class Records : public testing::Test {
 protected:
  World& start(const WorldOptions& options) {
    world_.emplace(options);
    world_->observe(&witness);
    EXPECT_EQ(world_->io_setup(8, &ctx), 0);
    fd = world_->create_file("file", 4096);
    one = read_of(fd, buffer.data(), 512, 1024, 7);
    two = write_of(fd, buffer.data(), 100, 0, 8);
    return *world_;
  }
  long submit(std::vector<iocb*> list) {
    return world_->io_submit(ctx, static_cast<long>(list.size()), list.data());
  }
  long reap(long nr) {
    std::array<io_event, 8> events;
    return world_->io_getevents(ctx, nr, 8, events.data());
  }

  Witness witness;
  aio_context_t ctx = 0;
  int fd = -1;
  std::array<char, 512> buffer{};
  iocb one{};
  iocb two{};
  std::optional<World> world_;
};

TEST_F(Records, ARequestThatCompletesInlineIsAcceptedCompletedAndReaped) {
  start({});
  EXPECT_EQ(submit({&one}), 1);
  EXPECT_EQ(reap(1), 1);
  EXPECT_EQ(world_->io_destroy(ctx), 0);
  world_.reset();
  EXPECT_THAT(witness.words(),
              ElementsAre("began", "setup", "submit", "accepted", "completed", "submitted", "wait",
                          "reaped", "waited", "destroy", "destroyed", "ended"));
  const Record completed = witness.only(Event::completed);
  EXPECT_EQ(completed.op, abi::Opcode::pread);
  EXPECT_EQ(completed.fd, fd);
  EXPECT_EQ(completed.serial, 1U);
  EXPECT_EQ(completed.length, 512U);
  EXPECT_EQ(completed.offset, 1024);
  EXPECT_EQ(completed.data, 7U);
  EXPECT_EQ(completed.iocb, reinterpret_cast<std::uint64_t>(&one));
  EXPECT_EQ(completed.result, 512);
  EXPECT_EQ(completed.rule, fault::kNoRule);
  EXPECT_EQ(witness.only(Event::setup).count, 8U);
  EXPECT_EQ(witness.only(Event::wait).amount, 1U);
  EXPECT_EQ(witness.only(Event::reaped).data, 7U);
  EXPECT_EQ(witness.only(Event::reaped).iocb, completed.iocb);
  EXPECT_NE(witness.only(Event::submit).caller, 0U);
}

TEST_F(Records, AHeldRequestIsHeldAndStartedWithItsSegments) {
  start({.order = CompletionOrder::fifo});
  EXPECT_EQ(submit({&one}), 1);
  EXPECT_EQ(reap(1), 1);
  EXPECT_THAT(witness.words(3), ElementsAre("accepted", "held", "submitted", "wait", "started",
                                            "completed", "reaped", "waited"));
  EXPECT_EQ(witness.lengths[4], 512U);
  EXPECT_EQ(witness.lengths[7], 512U);
}

TEST_F(Records, ARuleThatFiresIsToldBeforeWhatItLedTo) {
  start({.plan = "complete when=1 short 10"});
  EXPECT_EQ(submit({&one}), 1);
  EXPECT_THAT(witness.words(2),
              ElementsAre("submit", "accepted", "fault", "completed", "submitted"));
  const Record fault = witness.only(Event::fault);
  EXPECT_EQ(fault.rule, 0);
  EXPECT_EQ(fault.layer, fault::Layer::complete);
  EXPECT_EQ(fault.action, fault::Action::short_to);
  EXPECT_EQ(fault.amount, 10U);
  EXPECT_EQ(fault.serial, 1U);
  EXPECT_EQ(witness.only(Event::completed).rule, 0);
  EXPECT_EQ(witness.only(Event::completed).length, 512U);
}

TEST_F(Records, TheTailOfAShortBatchIsRefused) {
  start({.plan = "submit when=1 partial 1"});
  EXPECT_EQ(submit({&one, &two}), 1);
  const Record refused = witness.only(Event::refused);
  EXPECT_EQ(refused.iocb, reinterpret_cast<std::uint64_t>(&two));
  EXPECT_EQ(refused.length, 100U);
  EXPECT_EQ(refused.who.index, 1U);
  EXPECT_EQ(refused.rule, 0);
  EXPECT_EQ(refused.result, 0);
  EXPECT_EQ(witness.only(Event::submitted).result, 1);
}

TEST_F(Records, ABadIocbIsRefusedWithItsErrno) {
  start({});
  two.aio_fildes = 0x7fffffff;
  EXPECT_EQ(submit({&two, &one}), -EBADF);
  ASSERT_EQ(witness.words(3), (std::vector<std::string>{"refused", "refused", "submitted"}));
  EXPECT_EQ(witness.records[3].result, -EBADF);
  EXPECT_EQ(witness.records[4].result, 0);
}

TEST_F(Records, APollIsHeldUntilItsFileIsReadyAndItsEventfdIsSignalled) {
  World& world = start({});
  int ends[2];
  EXPECT_EQ(world.pipe(ends), 0);
  iocb poll = poll_of(ends[0], POLLIN);
  poll.aio_flags = IOCB_FLAG_RESFD;
  poll.aio_resfd = static_cast<std::uint32_t>(world.eventfd(0));
  EXPECT_EQ(submit({&poll}), 1);
  EXPECT_EQ(world.write(ends[1], "x", 1), 1);
  EXPECT_THAT(witness.words(2), ElementsAre("submit", "accepted", "held", "submitted", "started",
                                            "completed", "signalled", "synchronous"));
}

TEST_F(Records, ACancelledPollIsToldOf) {
  World& world = start({});
  int ends[2];
  EXPECT_EQ(world.pipe(ends), 0);
  iocb poll = poll_of(ends[0], POLLIN);
  EXPECT_EQ(submit({&poll}), 1);
  EXPECT_EQ(world.io_cancel(ctx, &poll, nullptr), -EINPROGRESS);
  EXPECT_EQ(witness.only(Event::cancel).result, -EINPROGRESS);
  EXPECT_EQ(witness.only(Event::cancel).serial, 1U);
  EXPECT_EQ(reap(1), 1);
  EXPECT_EQ(witness.only(Event::completed).result, 0);
}

TEST_F(Records, TheProgramsOwnInputAndOutputIsSynchronous) {
  World& world = start({});
  EXPECT_EQ(world.pwrite(fd, "abc", 3, 5), 3);
  const Record record = witness.only(Event::synchronous);
  EXPECT_EQ(record.op, abi::Opcode::pwrite);
  EXPECT_EQ(record.offset, 5);
  EXPECT_EQ(record.length, 3U);
  EXPECT_EQ(record.result, 3);
  EXPECT_EQ(submit({&one}), 1);
  EXPECT_EQ(witness.only(Event::accepted).file, record.file);
  EXPECT_EQ(world.fsync(fd), 0);
  EXPECT_EQ(witness.records.back().op, abi::Opcode::fsync);
}

TEST_F(Records, AContextThatIsLeftBehindIsToldOfAtTheEnd) {
  start({.order = CompletionOrder::scripted});
  EXPECT_EQ(submit({&one, &two}), 2);
  EXPECT_TRUE(world_->complete_next());
  world_.reset();
  EXPECT_EQ(witness.only(Event::left).count, 1U);
  EXPECT_EQ(witness.only(Event::left).amount, 1U);
  EXPECT_EQ(witness.records.back().event, Event::ended);
}

TEST_F(Records, TimeCountsFromTheFirstCall) {
  World world;
  Witness other;
  world.observe(&other);
  world.advance(1000);
  aio_context_t context = 0;
  EXPECT_EQ(world.io_setup(1, &context), 0);
  EXPECT_EQ(other.only(Event::setup).time, 0U);
  world.advance(50);
  EXPECT_EQ(world.io_destroy(context), 0);
  EXPECT_EQ(other.only(Event::destroy).time, 50U);
  world.observe(nullptr);
}

}  // namespace
}  // namespace aioemu
