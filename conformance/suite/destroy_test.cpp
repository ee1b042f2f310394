// io_destroy: what is gone at its start, what it waits for, what is lost.
//
// Two things keep a context busy on demand: a thread that sleeps inside io_submit in a read of an
// empty pipe, and a pending poll. The first holds io_destroy up for as long as a test likes.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

#include "conformance/harness.h"
#include "conformance/suite/contexts.h"

namespace conformance {
namespace {

AIO_AREA(Destroy);

// Two reads, the first from an empty pipe: io_submit sleeps in it.
class SleepingBatch {
 public:
  SleepingBatch(Files& files, Context context) : files_(files), context_(context) {
    files.pipe(ends_, 0);
    requests_[0] = pread_of(ends_[0], &bytes_[0], 1, 0, 1);
    requests_[1] = pread_of(files.open("/dev/zero", O_RDONLY), &bytes_[1], 1, 0, 2);
    pointers_ = {&requests_[0], &requests_[1]};
  }
  // The call that sleeps.
  std::function<long(Backend&)> call() {
    return [this](Backend& b) { return b.io_submit(context_, 2, pointers_.data()); };
  }
  // Lets it go on.
  void wake() { files_.write(ends_[1], "x", 1); }

 private:
  Files& files_;
  Context context_;
  int ends_[2] = {-1, -1};
  std::array<char, 2> bytes_{};
  std::array<iocb, 2> requests_{};
  std::array<iocb*, 2> pointers_{};
};

// What an eventfd has counted; 0 when nothing.
std::uint64_t count_of(Files& files, int eventfd) {
  std::uint64_t count = 0;
  return files.read(eventfd, &count, sizeof count) == 8 ? count : 0;
}

// ---- handles ----

AIO_TEST(Destroy, BadHandleIsEinvalNotEfault, "K131") {
  EXPECT_THAT(io_destroy(0), FailsWith(EINVAL));
  EXPECT_THAT(io_destroy(~Context{0}), FailsWith(EINVAL));
  EXPECT_THAT(io_destroy(0x1234), FailsWith(EINVAL));
  EXPECT_THAT(io_destroy(reinterpret_cast<Context>(unmapped_address())), FailsWith(EINVAL));
  EXPECT_THAT(io_destroy(reinterpret_cast<Context>(kernel_address())), FailsWith(EINVAL));
}

AIO_TEST(Destroy, IdleContextIsDestroyedOnce, "K131 K132") {
  const Context context = setup();
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_THAT(io_destroy(context), FailsWith(EINVAL));
}

AIO_TEST(Destroy, OtherContextsAreNotTouched, "K132") {
  const Context context = setup();
  const Context other = setup();
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 7);
  EXPECT_THAT(complete(other, request), Completes(&request, 1));
}

AIO_TEST(Destroy, RingIsUnmapped, "K132") {
  const Context context = setup();
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_FALSE(is_mapped(ring_address(context), facts().page_size));
}

AIO_TEST(Destroy, TouchingADestroyedRingIsASegmentationFault, "K132") {
  const int ending = backend().in_fork([](Backend& b) {
    Context context = 0;
    if (b.io_setup(8, &context) != 0) return 200;
    if (b.io_destroy(context) != 0) return 201;
    let_faults_kill();
    return static_cast<int>(ring_of(context).magic & 1U);
  });
  EXPECT_EQ(ending, 256 + SIGSEGV);
}

// ---- while it waits for a thread inside io_submit ----

AIO_TEST(Destroy, WaitsForAThreadInsideSubmitWhichStillFinishesItsBatch, "K132 K134") {
  const Context context = setup();
  SleepingBatch batch(files(), context);
  CALL_MAY_SLEEP(submitter, batch.call());
  EXPECT_TRUE(submitter->blocked());
  CALL_MAY_SLEEP(destroyer, [&](Backend& b) { return b.io_destroy(context); });
  EXPECT_TRUE(destroyer->blocked());
  EXPECT_TRUE(submitter->blocked()) << "destroying does not wake the submitter";
  batch.wake();
  EXPECT_THAT(submitter->finish(), Returns(2)) << "the context is dead, the batch goes on";
  EXPECT_THAT(destroyer->finish(), Returns(0));
  forget(context);
}

AIO_TEST(Destroy, SecondDestroyIsEinvalAtOnceNotAfterTheFirst, "K131") {
  const Context context = setup();
  SleepingBatch batch(files(), context);
  CALL_MAY_SLEEP(submitter, batch.call());
  EXPECT_TRUE(submitter->blocked());
  CALL_MAY_SLEEP(winner, [&](Backend& b) { return b.io_destroy(context); });
  EXPECT_TRUE(winner->blocked());
  EXPECT_THAT(io_destroy(context), FailsWith(EINVAL));
  EXPECT_TRUE(winner->blocked()) << "the winner is still waiting";
  batch.wake();
  EXPECT_THAT(submitter->finish(), Returns(2));
  EXPECT_THAT(winner->finish(), Returns(0));
  forget(context);
}

AIO_TEST(Destroy, EveryCallIsEinvalWhileItWaits, "K132") {
  const Context context = setup();
  SleepingBatch batch(files(), context);
  CALL_MAY_SLEEP(submitter, batch.call());
  EXPECT_TRUE(submitter->blocked());
  CALL_MAY_SLEEP(destroyer, [&](Backend& b) { return b.io_destroy(context); });
  EXPECT_TRUE(destroyer->blocked());
  EXPECT_THAT(five_calls(backend(), context, Handle::unreadable), AllFailWithEinval());
  batch.wake();
  EXPECT_THAT(submitter->finish(), Returns(2));
  EXPECT_THAT(destroyer->finish(), Returns(0));
  forget(context);
}

AIO_TEST(Destroy, RingIsUnmappedWhileItWaits, "K132") {
  const Context context = setup();
  SleepingBatch batch(files(), context);
  CALL_MAY_SLEEP(submitter, batch.call());
  EXPECT_TRUE(submitter->blocked());
  EXPECT_TRUE(is_mapped(ring_address(context), facts().page_size));
  CALL_MAY_SLEEP(destroyer, [&](Backend& b) { return b.io_destroy(context); });
  EXPECT_TRUE(destroyer->blocked());
  EXPECT_FALSE(is_mapped(ring_address(context), facts().page_size));
  batch.wake();
  EXPECT_THAT(submitter->finish(), Returns(2));
  EXPECT_THAT(destroyer->finish(), Returns(0));
  forget(context);
}

AIO_TEST(Destroy, ChargeIsTakenBackAtTheStartNotAtTheEnd, "K15 K132") {
  bool lowered = false;
  for (int tries = 0; tries < 20 && !lowered; ++tries) {
    const Context context = setup(1000);
    SleepingBatch batch(files(), context);
    CALL_MAY_SLEEP(submitter, batch.call());
    EXPECT_TRUE(submitter->blocked());
    const std::uint64_t before = backend().aio_nr();
    CALL_MAY_SLEEP(destroyer, [&](Backend& b) { return b.io_destroy(context); });
    EXPECT_TRUE(destroyer->blocked());
    lowered = before - backend().aio_nr() == 1000;
    batch.wake();
    EXPECT_THAT(submitter->finish(), Returns(2));
    EXPECT_THAT(destroyer->finish(), Returns(0));
    forget(context);
  }
  EXPECT_TRUE(lowered);
}

AIO_TEST(Destroy, SignalDoesNotEndTheWait, "K132") {
  const Context context = setup();
  SleepingBatch batch(files(), context);
  CALL_MAY_SLEEP(submitter, batch.call());
  EXPECT_TRUE(submitter->blocked());
  CALL_MAY_SLEEP(destroyer, [&](Backend& b) { return b.io_destroy(context); });
  EXPECT_TRUE(destroyer->blocked());
  destroyer->interrupt();
  EXPECT_TRUE(destroyer->blocked());
  batch.wake();
  EXPECT_THAT(submitter->finish(), Returns(2));
  EXPECT_THAT(destroyer->finish(), Returns(0)) << "not EINTR";
  forget(context);
}

AIO_TEST(Destroy, NewContextCanBeSetUpWhileItWaits, "K132") {
  const Context context = setup();
  SleepingBatch batch(files(), context);
  CALL_MAY_SLEEP(submitter, batch.call());
  EXPECT_TRUE(submitter->blocked());
  CALL_MAY_SLEEP(destroyer, [&](Backend& b) { return b.io_destroy(context); });
  EXPECT_TRUE(destroyer->blocked());
  const Context next = setup();
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 7);
  EXPECT_THAT(complete(next, request), Completes(&request, 1));
  batch.wake();
  EXPECT_THAT(submitter->finish(), Returns(2));
  EXPECT_THAT(destroyer->finish(), Returns(0));
  if (next != context) forget(context);
}

AIO_TEST(Destroy, WaiterIsWokenWithEinval, "K132") {
  const Context context = setup();
  io_event event{};
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  EXPECT_THAT(io_destroy(context), Returns(0));
  EXPECT_THAT(waiter->finish(), FailsWith(EINVAL));
  forget(context);
}

AIO_TEST(Destroy, EveryWaiterIsWoken, "K132") {
  const Context context = setup();
  std::array<io_event, 3> events{};
  const auto wait_in = [&](std::size_t i) {
    return [&, i](Backend& b) { return b.io_getevents(context, 1, 1, &events[i], nullptr); };
  };
  CALL_MAY_SLEEP(first, wait_in(0));
  CALL_MAY_SLEEP(second, wait_in(1));
  CALL_MAY_SLEEP(third, wait_in(2));
  EXPECT_TRUE(first->blocked());
  EXPECT_TRUE(second->blocked());
  EXPECT_TRUE(third->blocked());
  EXPECT_THAT(io_destroy(context), Returns(0));
  EXPECT_THAT(first->finish(), FailsWith(EINVAL));
  EXPECT_THAT(second->finish(), FailsWith(EINVAL));
  EXPECT_THAT(third->finish(), FailsWith(EINVAL));
  forget(context);
}

// ---- what was in flight, what was not reaped ----

AIO_TEST(Destroy, PendingPollsAreCancelledAndSignalTheirEventfds, "K133") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  const int counter = files().eventfd(0, EFD_NONBLOCK);
  iocb poll = with_eventfd(poll_of(ends[0], POLLIN), counter);
  const std::vector<iocb*> three(3, &poll);
  ASSERT_THAT(submit_all(context, three), Returns(3));
  EXPECT_EQ(count_of(files(), counter), 0U);
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_EQ(count_of(files(), counter), 3U);
}

AIO_TEST(Destroy, CancelledPollNoLongerWatchesItsFile, "K133") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  const int counter = files().eventfd(0, EFD_NONBLOCK);
  iocb poll = with_eventfd(poll_of(ends[0], POLLIN), counter);
  ASSERT_THAT(submit(context, poll), Returns(1));
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_EQ(count_of(files(), counter), 1U);
  EXPECT_EQ(files().write(ends[1], "x", 1), 1);
  EXPECT_EQ(count_of(files(), counter), 0U) << "once only";
}

AIO_TEST(Destroy, FsyncInFlightIsWaitedFor, "K133") {
  const int file = files().create(4096, O_RDWR);
  const int counter = files().eventfd(0, EFD_NONBLOCK);
  const Context context = setup();
  iocb sync = with_eventfd(fsync_of(file), counter);
  const std::vector<iocb*> three(3, &sync);
  ASSERT_THAT(submit_all(context, three), Returns(3));
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_EQ(count_of(files(), counter), 3U);
}

AIO_TEST(Destroy, WriteInFlightIsWaitedForAndDone, "K133") {
  int file = files().create(8192, O_RDWR | O_DIRECT);
  if (file < 0) file = files().create(8192, O_RDWR);
  const int counter = files().eventfd(0, EFD_NONBLOCK);
  Pages buffer(1);
  std::memset(buffer.data(), 'w', 4096);
  const Context context = setup();
  iocb write = with_eventfd(pwrite_of(file, buffer.data(), 4096, 4096), counter);
  ASSERT_THAT(submit(context, write), Returns(1));
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_EQ(count_of(files(), counter), 1U);
  std::memset(buffer.data(), 0, 4096);
  EXPECT_EQ(files().pread(file, buffer.data(), 4096, 4096), 4096);
  EXPECT_EQ(buffer.data()[0], 'w');
  EXPECT_EQ(buffer.data()[4095], 'w');
}

AIO_TEST(Destroy, UnreapedEventsAreLostSilently, "K133") {
  const Context context = setup();
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 7);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_EQ(ring_of(context).tail, 1U);
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  const Context next = setup();
  EXPECT_THAT(drain(next), testing::IsEmpty());
  EXPECT_EQ(event_in_slot(next, 0).obj, 0U) << "a new ring begins empty, wherever it lies";
}

AIO_TEST(Destroy, FullContextIsDestroyedLikeAnyOther, "K133") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = poll_of(ends[0], POLLIN);
  EXPECT_GE(fill(backend(), context, poll), 8);
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
}

// ---- the end of a process, and of a program ----

AIO_TEST(Destroy, ProcessExitCancelsPendingPolls, "K136") {
  const int counter = files().eventfd(0, EFD_NONBLOCK);
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = with_eventfd(poll_of(ends[0], POLLIN), counter);
  const int ending = backend().in_fork([&](Backend& b) {
    Context context = 0;
    iocb* requests[] = {&poll, &poll};
    if (b.io_setup(8, &context) != 0) return 200;
    return static_cast<int>(b.io_submit(context, 2, requests));
  });
  EXPECT_EQ(ending, 2) << "and a pending poll did not hold the exit up";
  EXPECT_EQ(count_of(files(), counter), 2U);
}

AIO_TEST(Destroy, ProcessExitWaitsForWhatIsInFlight, "K136") {
  const int file = files().create(4096, O_RDWR);
  const int counter = files().eventfd(0, EFD_NONBLOCK);
  iocb sync = with_eventfd(fsync_of(file), counter);
  const int ending = backend().in_fork([&](Backend& b) {
    Context context = 0;
    iocb* requests[] = {&sync, &sync};
    if (b.io_setup(8, &context) != 0) return 200;
    return static_cast<int>(b.io_submit(context, 2, requests));
  });
  EXPECT_EQ(ending, 2);
  EXPECT_EQ(count_of(files(), counter), 2U) << "both were done before the parent's wait returned";
}

AIO_TEST(Destroy, ExecveEndsEveryContext, "K136") {
  const int counter = files().eventfd(0, EFD_NONBLOCK);
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = with_eventfd(poll_of(ends[0], POLLIN), counter);
  const int ending = backend().in_fork([&](Backend& b) {
    Context context = 0;
    iocb* requests[] = {&poll};
    if (b.io_setup(8, &context) != 0) return 200;
    if (b.io_submit(context, 1, requests) != 1) return 201;
    execl("/bin/sh", "sh", "-c", "exit 7", static_cast<char*>(nullptr));
    return 202;
  });
  EXPECT_EQ(ending, 7) << "the new program ran";
  EXPECT_EQ(count_of(files(), counter), 1U);
}

}  // namespace
}  // namespace conformance
