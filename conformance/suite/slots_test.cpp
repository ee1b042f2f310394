// Slots: how many requests a context takes before EAGAIN, and what gives slots back.
//
// Exact numbers hold only while every call comes from one CPU, so those tests pin their thread.
#include <fcntl.h>
#include <poll.h>

#include <cstdint>
#include <vector>

#include "conformance/harness.h"
#include "conformance/suite/contexts.h"

namespace conformance {
namespace {

AIO_AREA(Slots);

// A request that completes inside io_submit.
iocb instant(Files& files, char* byte) {
  return pread_of(files.open("/dev/zero", O_RDONLY), byte, 1, 0);
}

// ---- how many fit ----

AIO_TEST(Slots, OneCpuFillsWholeBatchesOfAFreshContext, "K95 K96") {
  const CpuHopper pinned;
  const Context context = setup(1);
  char byte = 0;
  iocb request = instant(files(), &byte);
  const std::uint32_t nr = ring_of(context).nr;
  const long batch = slot_batch(facts(), nr);
  EXPECT_EQ(fill(backend(), context, request), static_cast<long>(nr - 1) / batch * batch);
}

AIO_TEST(Slots, TwoPossibleCpusFitTheTableOfTheRule, "K95 K96") {
  if (facts().possible_cpus == 2 && facts().page_size == 4096) {
    EXPECT_EQ(capacity(127), 120);
    EXPECT_EQ(capacity(255), 248);
    EXPECT_EQ(capacity(383), 376);
    EXPECT_EQ(capacity(639), 632);
    EXPECT_EQ(capacity(2047), 2040);
    EXPECT_EQ(capacity(8319), 8312);
  } else {
    UNSPECIFIED("the table of the rule is for two possible CPUs");
  }
}

AIO_TEST(Slots, LargerContextsFillWholeBatchesToo, "K96") {
  const CpuHopper pinned;
  char byte = 0;
  iocb request = instant(files(), &byte);
  for (const unsigned nr_events : {64U, 127U, 255U, 1000U}) {
    const Context context = setup(nr_events);
    EXPECT_EQ(fill(backend(), context, request), capacity(ring_of(context).nr)) << nr_events;
  }
}

AIO_TEST(Slots, RequestsInFlightFillAsManySlotsAsCompletedOnes, "K96") {
  const CpuHopper pinned;
  const Context context = setup(8);
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = poll_of(ends[0], POLLIN);
  EXPECT_EQ(fill(backend(), context, poll), capacity(ring_of(context).nr));
  EXPECT_EQ(ring_of(context).tail, 0U) << "none has completed";
}

AIO_TEST(Slots, TooLongABatchIsCutAtTheCapacity, "K96") {
  const CpuHopper pinned;
  const Context context = setup(8);
  const long fits = capacity(ring_of(context).nr);
  char byte = 0;
  iocb request = instant(files(), &byte);
  const std::vector<iocb*> copies(2 * static_cast<std::size_t>(fits), &request);
  EXPECT_THAT(submit_all(context, copies), Returns(fits));
  EXPECT_THAT(submit(context, request), FailsWith(EAGAIN));
}

AIO_TEST(Slots, UnpinnedThreadFitsAtLeastWhatWasAskedFor, "K97") {
  char byte = 0;
  iocb request = instant(files(), &byte);
  for (const unsigned nr_events : {1U, 62U, 100U, 500U}) {
    const Context context = setup(nr_events);
    const long fits = fill(backend(), context, request);
    EXPECT_GE(fits, static_cast<long>(nr_events));
    EXPECT_LE(fits, static_cast<long>(ring_of(context).nr - 1));
  }
}

AIO_TEST(Slots, SubmitOnAnotherCpuStrandsTheRestOfABatch, "K95 K97") {
  CpuHopper pinned;
  const int first_cpu = pinned.current();
  const Context context = setup(8);
  char byte = 0;
  iocb request = instant(files(), &byte);
  ASSERT_THAT(submit(context, request), Returns(1));
  if (!pinned.move_on()) {
    UNSPECIFIED("there is only one CPU here");
    return;
  }
  const std::uint32_t nr = ring_of(context).nr;
  const long batch = slot_batch(facts(), nr);
  EXPECT_EQ(fill(backend(), context, request), capacity(nr) - batch);
  ASSERT_TRUE(pinned.move_to(first_cpu));
  EXPECT_EQ(fill(backend(), context, request), batch - 1);
}

AIO_TEST(Slots, EachContextHasItsOwn, "K95") {
  const CpuHopper pinned;
  const Context full = setup(8);
  const Context other = setup(8);
  char byte = 0;
  iocb request = instant(files(), &byte);
  EXPECT_EQ(fill(backend(), full, request), capacity(ring_of(full).nr));
  EXPECT_EQ(fill(backend(), other, request), capacity(ring_of(other).nr));
}

// ---- what gives a slot back ----

AIO_TEST(Slots, CompletionAloneFreesNothing, "K98") {
  const CpuHopper pinned;
  const Context context = setup(8);
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = poll_of(ends[0], POLLIN);
  const long fits = fill(backend(), context, poll);
  ASSERT_EQ(fits, capacity(ring_of(context).nr));
  EXPECT_EQ(files().write(ends[1], "x", 1), 1);
  ASSERT_TRUE(tail_reaches(backend(), context, static_cast<std::uint32_t>(fits)));
  EXPECT_THAT(submit(context, poll), FailsWith(EAGAIN));
}

AIO_TEST(Slots, EachReapedEventFreesOneSlot, "K98") {
  const CpuHopper pinned;
  const Context context = setup(8);
  char byte = 0;
  iocb request = instant(files(), &byte);
  const long fits = fill(backend(), context, request);
  for (const std::size_t reaped : {std::size_t{1}, std::size_t{10}, std::size_t{1}}) {
    reap(context, reaped);
    EXPECT_EQ(fill(backend(), context, request), static_cast<long>(reaped));
  }
  reap(context, static_cast<std::size_t>(fits));
  EXPECT_EQ(fill(backend(), context, request), fits) << "all reaped, all free";
}

AIO_TEST(Slots, HeadMovedByTheUserFreesThatMany, "K99") {
  const CpuHopper pinned;
  const Context context = setup(8);
  char byte = 0;
  iocb request = instant(files(), &byte);
  fill(backend(), context, request);
  ring_of(context).head = ring_of(context).head + 5;
  EXPECT_EQ(fill(backend(), context, request), 5);
  ring_of(context).head = ring_of(context).head + 1;
  EXPECT_EQ(fill(backend(), context, request), 1);
}

AIO_TEST(Slots, HeadMovedUpToTheTailFreesAll, "K99") {
  const CpuHopper pinned;
  const Context context = setup(8);
  char byte = 0;
  iocb request = instant(files(), &byte);
  const long fits = fill(backend(), context, request);
  ring_of(context).head = ring_of(context).tail;
  EXPECT_EQ(fill(backend(), context, request), fits);
}

AIO_TEST(Slots, HeadBeyondTheRingIsTakenModuloItsSize, "K99 K100") {
  const CpuHopper pinned;
  const Context context = setup(8);
  char byte = 0;
  iocb request = instant(files(), &byte);
  const long fits = fill(backend(), context, request);
  ring_of(context).head = ring_of(context).tail + ring_of(context).nr;
  EXPECT_EQ(fill(backend(), context, request), fits);
}

AIO_TEST(Slots, NonsenseHeadIsOnlyTakenModuloTheRing, "K100") {
  const CpuHopper pinned;
  const Context context = setup(8);
  char byte = 0;
  iocb request = instant(files(), &byte);
  const long fits = fill(backend(), context, request);
  const std::uint32_t nr = ring_of(context).nr;
  ring_of(context).head = 0x80000000;
  const long skipped = static_cast<long>(0x80000000U % nr);
  const long freed = skipped <= fits ? skipped : 0;
  EXPECT_EQ(fill(backend(), context, request), freed);
}

AIO_TEST(Slots, HeadAheadOfTheTailFreesNothing, "K100") {
  const CpuHopper pinned;
  const Context context = setup(8);
  char byte = 0;
  iocb request = instant(files(), &byte);
  fill(backend(), context, request);
  ring_of(context).head = ring_of(context).tail + 1;
  EXPECT_THAT(submit(context, request), FailsWith(EAGAIN)) << "the ring then looks full";
}

AIO_TEST(Slots, HeadCannotFreeWhatHasNotCompleted, "K100") {
  const CpuHopper pinned;
  const Context context = setup(8);
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = poll_of(ends[0], POLLIN);
  fill(backend(), context, poll);
  for (const std::uint32_t head : {1U, 50U, 0x80000000U}) {
    ring_of(context).head = head;
    EXPECT_THAT(submit(context, poll), FailsWith(EAGAIN)) << "head " << head;
  }
  ring_of(context).head = 0;
}

// ---- steady state ----

AIO_TEST(Slots, SteadyStateLastsAtEveryDepthUpToTheCapacity, "K101") {
  const CpuHopper pinned;
  const Context context = setup(8);
  char byte = 0;
  iocb request = instant(files(), &byte);
  const long fits = capacity(ring_of(context).nr);
  for (const long depth : {1L, 100L, fits - 1, fits}) {
    if (depth > fits) continue;
    const std::vector<iocb*> copies(static_cast<std::size_t>(depth), &request);
    std::vector<io_event> events(static_cast<std::size_t>(depth));
    for (int cycle = 0; cycle < 500; ++cycle) {
      ASSERT_THAT(submit_all(context, copies), Returns(depth)) << "cycle " << cycle;
      ASSERT_THAT(io_getevents(context, depth, depth, events.data()), Returns(depth));
    }
  }
}

AIO_TEST(Slots, OneInOneOutLastsWhileTheContextIsFull, "K101") {
  const CpuHopper pinned;
  const Context context = setup(8);
  char byte = 0;
  iocb request = instant(files(), &byte);
  fill(backend(), context, request);
  for (int cycle = 0; cycle < 500; ++cycle) {
    io_event event{};
    ASSERT_THAT(io_getevents(context, 1, 1, &event), Returns(1));
    ASSERT_THAT(submit(context, request), Returns(1)) << "cycle " << cycle;
    ASSERT_THAT(submit(context, request), FailsWith(EAGAIN)) << "cycle " << cycle;
  }
}

}  // namespace
}  // namespace conformance
