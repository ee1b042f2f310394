// fork, vfork and threads: a context belongs to an address space.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

#include "conformance/harness.h"
#include "conformance/suite/contexts.h"

namespace conformance {
namespace {

AIO_AREA(Fork);

// A forked child that first waits to be told to go on, so that the parent can do things after the
// fork. It is a real child on every backend; only its memory is looked at.
class WatchingChild {
 public:
  template <typename Watch>
  explicit WatchingChild(Watch watch) {
    if (::pipe(go_) != 0) return;
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::close(go_[1]);
    char byte = 0;
    if (::read(go_[0], &byte, 1) != 1) ::_exit(250);
    let_faults_kill();
    ::_exit(watch());
  }
  ~WatchingChild() {
    ::close(go_[0]);
    ::close(go_[1]);
  }
  WatchingChild(const WatchingChild&) = delete;
  WatchingChild& operator=(const WatchingChild&) = delete;

  // Lets it look: its exit code, or 256 + the signal that killed it.
  int look() {
    int status = 0;
    if (::write(go_[1], "x", 1) != 1 || ::waitpid(pid_, &status, 0) != pid_) return -1;
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  int go_[2] = {-1, -1};
  pid_t pid_ = -1;
};

constexpr int kSegmentationFault = 256 + SIGSEGV;
constexpr int kSameHandle = 201;  // the child's context lies where the parent's is

// How many of the five calls did not answer EINVAL.
int wrong_answers(Backend& backend, Context context) {
  int wrong = 0;
  for (const auto& answer : five_calls(backend, context)) {
    if (answer.second != -EINVAL) ++wrong;
  }
  return wrong;
}

// ---- a forked child has no contexts ----

AIO_TEST(Fork, ParentsHandleIsEinvalInTheChild, "K137") {
  const Context context = setup();
  const int wrong = backend().in_fork([&](Backend& b) { return wrong_answers(b, context); });
  // K144: a library that looks into the ring before it asks crashes where the child has none.
  const bool crashes = facts().library_reads_ring && !facts().ring_crosses_fork;
  EXPECT_EQ(wrong, crashes ? kSegmentationFault : 0);
  EXPECT_THAT(io_submit(context, 0, nullptr), Returns(0)) << "still the parent's";
}

AIO_TEST(Fork, ParentsHandleStaysEinvalWhenTheChildHasItsOwnContext, "K137") {
  const Context context = setup();
  const int wrong = backend().in_fork([&](Backend& b) {
    Context own = 0;
    if (b.io_setup(8, &own) != 0) return 200;
    return own == context ? kSameHandle : wrong_answers(b, context);
  });
  if (facts().ring_crosses_fork) {
    EXPECT_EQ(wrong, 0) << "even though the child's context has the same id";
  } else {
    const char* const why =
        "the place of the parent's ring is free in the child, and often taken first";
    EXPECT_THAT(wrong, OneOf({0, kSameHandle}, why));
  }
}

AIO_TEST(Fork, ChildsIdsStartAgainFromZero, "K20 K137") {
  setup();
  setup();
  const int id = backend().in_fork([](Backend& b) {
    Context own = 0;
    if (b.io_setup(8, &own) != 0) return 200;
    return static_cast<int>(ring_of(own).id);
  });
  EXPECT_EQ(id, 0);
}

AIO_TEST(Fork, ChildsOwnContextWorks, "K137") {
  const int zero = files().open("/dev/zero", O_RDONLY);
  const int code = backend().in_fork([&](Backend& b) {
    Context own = 0;
    if (b.io_setup(8, &own) != 0) return 200;
    char byte = 1;
    iocb request = pread_of(zero, &byte, 1, 0, 7);
    iocb* requests[] = {&request};
    if (b.io_submit(own, 1, requests) != 1) return 201;
    io_event event{};
    if (b.io_getevents(own, 1, 1, &event, nullptr) != 1) return 202;
    if (b.io_destroy(own) != 0) return 203;
    return event.data == 7 && event.res == 1 && byte == 0 ? 42 : 204;
  });
  EXPECT_EQ(code, 42);
}

AIO_TEST(Fork, ForkChargesTheChildNothing, "K16") {
  const Context context = setup(1000);
  bool unchanged = false;
  for (int tries = 0; tries < 20 && !unchanged; ++tries) {
    const std::uint64_t before = backend().aio_nr();
    unchanged = backend().in_fork([&](Backend& b) { return b.aio_nr() == before ? 1 : 0; }) == 1;
  }
  EXPECT_TRUE(unchanged);
  EXPECT_THAT(io_submit(context, 0, nullptr), Returns(0));
}

AIO_TEST(Fork, ChildsContextsAreUnchargedWhenItExits, "K14") {
  const auto child = [&] {
    return backend().in_fork([](Backend& b) {
      Context own = 0;
      return b.io_setup(1000, &own) == 0 ? 0 : 200;
    });
  };
  EXPECT_EQ(aio_nr_change(backend(), 0, child, [] {}), 0);
}

AIO_TEST(Fork, ChildsExitLeavesTheParentsRequestsAlone, "K136 K137") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = poll_of(ends[0], POLLIN, 9);
  ASSERT_THAT(submit(context, poll), Returns(1));
  EXPECT_EQ(backend().in_fork([](Backend&) { return 3; }), 3);
  EXPECT_EQ(ring_of(context).tail, 0U) << "still pending";
  EXPECT_EQ(files().write(ends[1], "x", 1), 1);
  const std::vector<io_event> events = reap(context, 1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].data, 9U);
}

AIO_TEST(Fork, ChildCannotCancelTheParentsRequest, "K137") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = poll_of(ends[0], POLLIN, 9);
  ASSERT_THAT(submit(context, poll), Returns(1));
  const int error = backend().in_fork(
      [&](Backend& b) { return static_cast<int>(-b.io_cancel(context, &poll, nullptr)); });
  EXPECT_EQ(error, EINVAL);
  EXPECT_THAT(io_cancel(context, &poll, nullptr), FailsWith(EINPROGRESS));
}

// ---- but it has the parent's ring ----

AIO_TEST(Fork, ChildReadsTheParentsRing, "K138") {
  const Context context = setup();
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 77);
  const std::vector<iocb*> three(3, &request);
  ASSERT_THAT(submit_all(context, three), Returns(3));
  const int seen = backend().in_fork([&](Backend&) {
    let_faults_kill();
    const bool same = event_in_slot(context, 2).data == 77;
    return same ? static_cast<int>(ring_of(context).tail) : 200;
  });
  EXPECT_EQ(seen, facts().ring_crosses_fork ? 3 : kSegmentationFault);
}

AIO_TEST(Fork, ChildSeesEventsThatComeAfterTheFork, "K138") {
  const Context context = setup();
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 7);
  WatchingChild child([&] { return static_cast<int>(ring_of(context).tail); });
  ASSERT_THAT(submit(context, request), Returns(1));
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_EQ(child.look(), facts().ring_crosses_fork ? 2 : kSegmentationFault);
}

AIO_TEST(Fork, HeadWrittenByTheChildTakesTheParentsEvents, "K138") {
  const Context context = setup();
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0);
  for (std::uint64_t i = 0; i < 3; ++i) {
    request.aio_data = i;
    ASSERT_THAT(submit(context, request), Returns(1));
  }
  const int code = backend().in_fork([&](Backend&) {
    let_faults_kill();
    ring_of(context).head = 2;
    return 0;
  });
  const bool taken = facts().ring_crosses_fork;
  EXPECT_EQ(code, taken ? 0 : kSegmentationFault);
  EXPECT_EQ(ring_of(context).head, taken ? 2U : 0U);
  const std::vector<io_event> left = drain(context);
  ASSERT_EQ(left.size(), taken ? 1U : 3U);
  EXPECT_EQ(left.back().data, 2U);
}

AIO_TEST(Fork, ChildsAccessAfterTheParentsDestroyIsABusError, "K138") {
  const Context context = setup();
  WatchingChild child([&] {
    // The pages go a moment after io_destroy has returned: look again and again for two seconds.
    timespec pause{0, 1'000'000};
    for (int looks = 0; looks < 2000; ++looks) {
      if (ring_of(context).magic != kRingMagic) return 1;
      nanosleep(&pause, nullptr);
    }
    return 0;
  });
  ASSERT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_EQ(child.look(), facts().ring_crosses_fork ? 256 + SIGBUS : kSegmentationFault);
}

// ---- threads and vfork share ----

AIO_TEST(Fork, ContextOutlivesTheThreadThatSetItUp, "K139") {
  Context context = 0;
  CALL_MAY_SLEEP(creator, [&](Backend& b) { return b.io_setup(8, &context); });
  ASSERT_THAT(creator->finish(), Returns(0));
  creator.reset();
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 7);
  EXPECT_THAT(complete(context, request), Completes(&request, 1));
  EXPECT_THAT(io_destroy(context), Returns(0));
}

AIO_TEST(Fork, AnyThreadMaySubmitReapCancelAndDestroy, "K139") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = poll_of(ends[0], POLLIN, 9);
  iocb* requests[] = {&poll};
  io_event event{};
  CALL_MAY_SLEEP(submitter, [&](Backend& b) { return b.io_submit(context, 1, requests); });
  ASSERT_THAT(submitter->finish(), Returns(1));
  submitter.reset();
  CALL_MAY_SLEEP(canceller, [&](Backend& b) { return b.io_cancel(context, &poll, nullptr); });
  ASSERT_THAT(canceller->finish(), FailsWith(EINPROGRESS));
  CALL_MAY_SLEEP(reaper,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  ASSERT_THAT(reaper->finish(), Returns(1));
  EXPECT_THAT(event, Completes(&poll, 0));
  CALL_MAY_SLEEP(destroyer, [&](Backend& b) { return b.io_destroy(context); });
  ASSERT_THAT(destroyer->finish(), Returns(0));
  forget(context);
}

AIO_TEST(Fork, EventOfOneThreadsRequestWakesAnotherThread, "K139") {
  const Context context = setup();
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 7);
  io_event event{};
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  EXPECT_THAT(submit(context, request), Returns(1));
  EXPECT_THAT(waiter->finish(), Returns(1));
  EXPECT_THAT(event, Completes(&request, 1));
}

// What a child that shares the parent's memory is told to do, and what came of it.
struct SharedMemoryTask {
  Backend* backend;
  Context context;
  iocb** requests;
  long result;
};

int submit_in_shared_memory(void* argument) {
  auto* task = static_cast<SharedMemoryTask*>(argument);
  task->result = task->backend->io_submit(task->context, 1, task->requests);
  return 0;
}

AIO_TEST(Fork, VforkChildSharesTheContext, "K139") {
  const Context context = setup();
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 7);
  iocb* requests[] = {&request};
  SharedMemoryTask task{&backend(), context, requests, 0};
  Pages stack(16);
  const int child = clone(submit_in_shared_memory, stack.data() + stack.size(),
                          CLONE_VM | CLONE_VFORK | SIGCHLD, &task);
  ASSERT_GT(child, 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_THAT(task.result, Returns(1));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 1)));
}

}  // namespace
}  // namespace conformance
