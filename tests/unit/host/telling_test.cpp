// What an observer is told about a real process.

#include <thread>

#include "host/program_caller.h"
#include "observed_fixture.h"

namespace aioemu::host {
namespace {

using observe::Event;
using observe::Record;

class TellingTest : public ObservedTest {
 protected:
  using ObservedTest::ObservedTest;
};

TEST_F(TellingTest, AnInlineReadIsToldFromSetupToReap) {
  const Fd file = scratch("/tmp", "0123456789");
  std::array<char, 8> buffer{};
  iocb block = request(IOCB_CMD_PREAD, file, buffer.data(), 4, 3);
  block.aio_data = 77;
  ASSERT_EQ(submit({&block}), 1);
  ASSERT_EQ(reap(1, 8).size(), 1U);
  EXPECT_EQ(recorder_.story(),
            "began setup submit accepted completed submitted wait reaped waited");
  const Record accepted = recorder_.of(Event::accepted).at(0);
  EXPECT_EQ(accepted.op, abi::Opcode::pread);
  EXPECT_EQ(accepted.fd, static_cast<int>(file));
  EXPECT_EQ(accepted.serial, 1U);
  EXPECT_EQ(accepted.length, 4U);
  EXPECT_EQ(accepted.offset, 3);
  EXPECT_EQ(accepted.data, 77U);
  EXPECT_EQ(accepted.iocb, address(&block));
  EXPECT_NE(accepted.file, 0U);
  const Record completed = recorder_.of(Event::completed).at(0);
  EXPECT_EQ(completed.result, 4);
  EXPECT_EQ(completed.serial, 1U);
  EXPECT_EQ(completed.rule, fault::kNoRule);
  const Record reaped = recorder_.of(Event::reaped).at(0);
  EXPECT_EQ(reaped.data, 77U);
  EXPECT_EQ(reaped.iocb, address(&block));
  EXPECT_EQ(reaped.result, 4);
  const Record wait = recorder_.of(Event::wait).at(0);
  EXPECT_EQ(wait.count, 8U);
  EXPECT_EQ(wait.amount, 1U);
  EXPECT_EQ(recorder_.of(Event::setup).at(0).count, 64U);
}

TEST_F(TellingTest, EachRequestIsToldWhereInTheRunItIs) {
  const Fd file = scratch("/tmp", "0123456789");
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, file, &byte, 1);
  ASSERT_EQ(submit({&block}), 1);
  ASSERT_EQ(submit({&block, &block}), 2);
  aio_context_t other = 0;
  ASSERT_EQ(space().setup(1, address(&other)), 0);
  iocb* list[] = {&block};
  ASSERT_EQ(space().submit(other, 1, address(list)), 1);
  const std::vector<Record> accepted = recorder_.of(Event::accepted);
  ASSERT_EQ(accepted.size(), 4U);
  EXPECT_EQ(accepted[0].who.submit, 0U);
  EXPECT_EQ(accepted[2].who.submit, 1U);
  EXPECT_EQ(accepted[2].who.index, 1U);
  EXPECT_EQ(accepted[2].who.context, 0U);
  EXPECT_EQ(accepted[3].who.context, 1U);
  EXPECT_EQ(accepted[3].who.submit, 0U);
  EXPECT_EQ(accepted[3].serial, 4U);
}

TEST_F(TellingTest, WhatIsLeftOfABatchIsToldAsRefused) {
  const Fd file = scratch("/tmp", "0123456789");
  char byte = 0;
  iocb good = request(IOCB_CMD_PREAD, file, &byte, 1);
  iocb bad = request(IOCB_CMD_PREAD, -1, &byte, 1);
  bad.aio_data = 5;
  ASSERT_EQ(submit({&good, &bad, &good}), 1);
  const std::vector<Record> refused = recorder_.of(Event::refused);
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_EQ(refused[0].result, -EBADF);
  EXPECT_EQ(refused[0].data, 5U);
  EXPECT_EQ(refused[0].who.index, 1U);
  EXPECT_EQ(refused[1].result, 0);
  EXPECT_EQ(refused[1].iocb, address(&good));
  EXPECT_EQ(recorder_.of(Event::submitted).at(0).result, 1);
  EXPECT_EQ(recorder_.of(Event::submitted).at(0).count, 3U);
}

TEST_F(TellingTest, AnUnreadableTailIsNotTold) {
  iocb* const list[] = {nullptr, nullptr};
  ASSERT_EQ(space().submit(ctx_, 2, address(list)), -EFAULT);
  EXPECT_EQ(recorder_.story(), "began setup submit submitted");
}

TEST_F(TellingTest, ABadContextIsNoSubmit) {
  iocb block{};
  iocb* const list[] = {&block};
  ASSERT_EQ(space().submit(ctx_ + 1, 1, address(list)), -EINVAL);
  ASSERT_EQ(space().submit(ctx_, 0, address(list)), 0);
  EXPECT_EQ(recorder_.story(), "began setup");
}

TEST_F(TellingTest, ASyncIsHeldAndStarted) {
  const Fd file = scratch("/tmp", "0123456789");
  iocb block{};
  block.aio_lio_opcode = IOCB_CMD_FSYNC;
  block.aio_fildes = static_cast<std::uint32_t>(static_cast<int>(file));
  const Fd bell(eventfd(0, 0));
  notify(block, bell);
  ASSERT_EQ(submit({&block}), 1);
  ASSERT_EQ(reap(1).size(), 1U);
  ASSERT_EQ(recorder_.of(Event::held).size(), 1U);
  ASSERT_EQ(recorder_.of(Event::started).size(), 1U);
  ASSERT_EQ(recorder_.of(Event::signalled).size(), 1U);
  EXPECT_EQ(recorder_.of(Event::started)[0].serial, 1U);
  EXPECT_EQ(recorder_.of(Event::completed).at(0).result, 0);
}

TEST_F(TellingTest, APollThatIsReadyCompletesAtOnce) {
  const Fd counter(eventfd(1, 0));
  iocb block = poll_request(counter, POLLIN);
  ASSERT_EQ(submit({&block}), 1);
  EXPECT_EQ(recorder_.story(), "began setup submit accepted completed submitted");
  EXPECT_EQ(recorder_.of(Event::completed).at(0).result, POLLIN);
}

TEST_F(TellingTest, APollThatWaitsIsHeldAndMayBeCancelled) {
  const PipeEnds ends = make_pipe();
  iocb block = poll_request(ends.out, POLLIN);
  ASSERT_EQ(submit({&block}), 1);
  ASSERT_EQ(space().cancel(ctx_, address(&block)), -EINPROGRESS);
  EXPECT_EQ(recorder_.story(), "began setup submit accepted held submitted cancel completed");
  EXPECT_EQ(recorder_.of(Event::cancel).at(0).iocb, address(&block));
  EXPECT_EQ(recorder_.of(Event::cancel).at(0).result, -EINPROGRESS);
}

TEST_F(TellingTest, DestroyTellsWhatWasLeftInTheContext) {
  const Fd file = scratch("/tmp", "0123456789");
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, file, &byte, 1);
  ASSERT_EQ(submit({&block, &block}), 2);
  ASSERT_EQ(space().destroy_context(ctx_), 0);
  EXPECT_EQ(recorder_.of(Event::destroy).at(0).count, 0U);
  EXPECT_EQ(recorder_.of(Event::destroy).at(0).amount, 2U);
  EXPECT_EQ(recorder_.of(Event::destroyed).at(0).result, 0);
}

TEST_F(TellingTest, TheEndTellsEachLiveContextOnce) {
  const Fd file = scratch("/tmp", "0123456789");
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, file, &byte, 1);
  ASSERT_EQ(submit({&block}), 1);
  recorder_.forget();
  space().say_goodbye();
  space().say_goodbye();
  end_space();
  EXPECT_EQ(recorder_.story(), "left ended");
  EXPECT_EQ(recorder_.of(Event::left).at(0).amount, 1U);
}

TEST_F(TellingTest, ThreadsAreNumberedByTheirFirstCall) {
  const Fd file = scratch("/tmp", "0123456789");
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, file, &byte, 1);
  std::thread([&] { EXPECT_EQ(submit({&block}), 1); }).join();
  std::thread([&] { EXPECT_EQ(submit({&block}), 1); }).join();
  ASSERT_EQ(submit({&block}), 1);
  const std::vector<Record> submits = recorder_.of(Event::submit);
  EXPECT_EQ(submits.at(0).thread, 1U);
  EXPECT_EQ(submits.at(1).thread, 2U);
  EXPECT_EQ(submits.at(2).thread, 0U);
}

TEST_F(TellingTest, TimeOnlyEverGoesOn) {
  const Fd file = scratch("/tmp", "0123456789");
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, file, &byte, 1);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(submit({&block}), 1);
  std::uint64_t before = 0;
  for (const Record& record : recorder_.all()) {
    EXPECT_GE(record.time, before);
    before = record.time;
  }
  EXPECT_GT(before, 0U);
}

TEST_F(TellingTest, TheCallersCodeIsTold) {
  const Fd file = scratch("/tmp", "0123456789");
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, file, &byte, 1);
  note_caller(&byte);
  ASSERT_EQ(submit({&block}), 1);
  EXPECT_EQ(recorder_.of(Event::submit).at(0).caller, address(&byte));
  EXPECT_EQ(recorder_.of(Event::completed).at(0).caller, address(&byte));
}

class FaultTellingTest : public TellingTest {
 protected:
  FaultTellingTest()
      : TellingTest(
            "submit nr>=3 partial 2; complete op=write errno EIO; complete op=read short 4") {}
};

TEST_F(FaultTellingTest, AFaultIsToldBeforeWhatItLedTo) {
  const Fd file = scratch("/tmp", "0123456789");
  std::array<char, 8> buffer{};
  iocb read = request(IOCB_CMD_PREAD, file, buffer.data(), 8);
  iocb write = request(IOCB_CMD_PWRITE, file, buffer.data(), 8);
  ASSERT_EQ(submit({&read, &write, &read}), 2);
  EXPECT_EQ(recorder_.story(),
            "began setup submit fault accepted fault completed accepted fault completed refused "
            "submitted");
  const std::vector<Record> faults = recorder_.of(Event::fault);
  EXPECT_EQ(faults.at(0).action, fault::Action::partial);
  EXPECT_EQ(faults.at(0).amount, 2U);
  EXPECT_EQ(faults.at(1).action, fault::Action::short_to);
  EXPECT_EQ(faults.at(1).serial, 1U);
  EXPECT_EQ(faults.at(2).amount, static_cast<std::uint64_t>(EIO));
  const std::vector<Record> completed = recorder_.of(Event::completed);
  EXPECT_EQ(completed.at(0).rule, 2);
  EXPECT_EQ(completed.at(0).length, 8U);
  EXPECT_EQ(completed.at(0).result, 4);
  EXPECT_EQ(completed.at(1).rule, 1);
  EXPECT_EQ(recorder_.of(Event::refused).at(0).rule, 0);
}

TEST_F(FaultTellingTest, AShortReadThatMadeNoDifferenceIsNone) {
  const Fd file = scratch("/tmp", "01");
  std::array<char, 8> buffer{};
  iocb read = request(IOCB_CMD_PREAD, file, buffer.data(), 8);
  ASSERT_EQ(submit({&read}), 1);
  EXPECT_TRUE(recorder_.of(Event::fault).empty());
  EXPECT_EQ(recorder_.of(Event::completed).at(0).rule, fault::kNoRule);
}

class OneEventTest : public TellingTest {
 protected:
  OneEventTest() { recorder_.look_for(observe::event_bit(Event::completed)); }
};

TEST_F(OneEventTest, OnlyWhatIsWantedIsTold) {
  const Fd file = scratch("/tmp", "0123456789");
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, file, &byte, 1);
  ASSERT_EQ(submit({&block}), 1);
  ASSERT_EQ(reap(1).size(), 1U);
  EXPECT_EQ(recorder_.story(), "completed");
}

}  // namespace
}  // namespace aioemu::host
