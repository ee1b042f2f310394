// The ring as user space sees it: where it is, what is in it, what a program may write to it.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "conformance/crashed.h"
#include "conformance/harness.h"
#include "conformance/suite/contexts.h"

namespace conformance {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

AIO_AREA(Ring);

auto HasData(std::uint64_t data) { return Field("data", &io_event::data, data); }

// Makes `n` events with data first, first + 1, ... that are in the ring when it returns.
void make_events(Backend& backend, Context context, std::uint64_t n, std::uint64_t first = 0) {
  static char byte;
  const int zero = backend.files().open("/dev/zero", O_RDONLY);
  for (std::uint64_t i = 0; i < n; ++i) {
    iocb request = pread_of(zero, &byte, 1, 0, first + i);
    iocb* requests[] = {&request};
    ASSERT_THAT(backend.io_submit(context, 1, requests), Returns(1));
  }
  backend.files().close(zero);
}

// Fills every slot with an event whose data is 1000 + its index, behind the kernel's back.
void forge_all_slots(Context context) {
  for (std::uint32_t i = 0; i < ring_of(context).nr; ++i) {
    io_event event{};
    event.data = 1000 + i;
    forge_slot(context, i, event);
  }
}

// Reaps without waiting, up to `nr`, with a NULL timeout (so that no library peeks at the ring).
std::vector<io_event> take(Backend& backend, Context context, long nr) {
  std::vector<io_event> events(static_cast<std::size_t>(nr));
  const long n = backend.io_getevents(context, 0, nr, events.data(), nullptr);
  EXPECT_GE(n, 0);
  events.resize(static_cast<std::size_t>(n < 0 ? 0 : n));
  return events;
}

// ---- the mapping ----

AIO_TEST(Ring, HandleIsThePageAlignedAddressOfTheRing, "K18") {
  const Context context = setup();
  EXPECT_EQ(context % facts().page_size, 0U);
  EXPECT_TRUE(is_mapped(ring_address(context), ring_bytes(facts(), 8)));
  EXPECT_EQ(ring_of(context).magic, kRingMagic);
}

AIO_TEST(Ring, HeaderOfAFreshRingIsAsDocumented, "K19") {
  const Context context = setup();
  EXPECT_EQ(ring_of(context).nr, ring_entries(facts(), 8));
  EXPECT_EQ(ring_of(context).head, 0U);
  EXPECT_EQ(ring_of(context).tail, 0U);
  EXPECT_EQ(ring_of(context).magic, 0xa10a10a1U);
  EXPECT_EQ(ring_of(context).compat_features, 1U);
  EXPECT_EQ(ring_of(context).incompat_features, 0U);
  EXPECT_EQ(ring_of(context).header_length, 32U);
}

AIO_TEST(Ring, EventAreaOfAFreshRingIsZero, "K19") {
  const Context context = setup(300);
  const std::size_t bytes = ring_bytes(facts(), 300);
  std::size_t nonzero = 0;
  for (std::size_t i = 32; i < bytes; ++i) nonzero += ring_address(context)[i] != 0;
  EXPECT_EQ(nonzero, 0U);
}

AIO_TEST(Ring, MapsShowsASharedAioFile, "K17 K21") {
  const Context context = setup(1000);
  const std::string line = maps_line(ring_address(context));
  std::istringstream words(line);
  std::string range, permissions, offset, device, inode, name, deleted;
  words >> range >> permissions >> offset >> device >> inode >> name >> deleted;
  std::ostringstream expected;
  expected << std::hex << context << '-' << context + ring_bytes(facts(), 1000);
  EXPECT_EQ(range, expected.str());
  EXPECT_EQ(permissions, "rw-s");
  EXPECT_EQ(std::stoul("0" + offset, nullptr, 16), 0U);
  EXPECT_NE(inode, "0");
  EXPECT_EQ(name + " " + deleted, "/[aio] (deleted)");
}

AIO_TEST(Ring, MappingCannotBeMadeExecutable, "K21") {
  const Context context = setup();
  EXPECT_EQ(mprotect(ring_address(context), ring_bytes(facts(), 8), PROT_READ | PROT_EXEC), -1);
  EXPECT_EQ(errno, EACCES);
}

// ---- events in their slots ----

AIO_TEST(Ring, EventGoesToTheSlotOfTheTailBeforeIt, "K140 K141") {
  const Context context = setup();
  make_events(backend(), context, 3, 50);
  EXPECT_EQ(ring_of(context).tail, 3U);
  EXPECT_EQ(ring_of(context).head, 0U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(event_in_slot(context, i).data, 50 + i);
    EXPECT_EQ(event_in_slot(context, i).res, 1);
    EXPECT_EQ(event_in_slot(context, i).res2, 0);
  }
}

AIO_TEST(Ring, SlotsAreReusedModuloTheRingSize, "K140") {
  const Context context = setup();
  const std::uint32_t nr = ring_of(context).nr;
  for (std::uint32_t i = 0; i < nr - 1; ++i) {
    make_events(backend(), context, 1, i);
    ASSERT_THAT(take(backend(), context, 4), ElementsAre(HasData(i)));
  }
  EXPECT_EQ(ring_of(context).tail, nr - 1);
  make_events(backend(), context, 2, 9000);
  EXPECT_EQ(event_in_slot(context, nr - 1).data, 9000U) << "the last slot is used";
  EXPECT_EQ(event_in_slot(context, 0).data, 9001U) << "then the first one";
  EXPECT_EQ(ring_of(context).tail, 1U);
  EXPECT_THAT(take(backend(), context, 4), ElementsAre(HasData(9000), HasData(9001)));
  EXPECT_EQ(ring_of(context).head, 1U);
}

AIO_TEST(Ring, ReapedSlotKeepsItsStaleBytes, "K140") {
  const Context context = setup();
  make_events(backend(), context, 2, 50);
  EXPECT_THAT(reap(context, 2), SizeIs(2));
  EXPECT_EQ(ring_of(context).head, ring_of(context).tail) << "equal means empty";
  EXPECT_THAT(take(backend(), context, 4), IsEmpty());
  EXPECT_EQ(event_in_slot(context, 0).data, 50U);
  EXPECT_EQ(event_in_slot(context, 1).data, 51U);
}

AIO_TEST(Ring, NeverHoldsMoreThanOneLessThanItsSize, "K140") {
  const Context context = setup();
  char byte = 0;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0);
  const long taken = fill(backend(), context, request);
  EXPECT_LE(taken, static_cast<long>(ring_of(context).nr - 1));
  EXPECT_EQ(static_cast<long>(ring_of(context).tail), taken);
  EXPECT_THAT(take(backend(), context, taken + 1), SizeIs(static_cast<std::size_t>(taken)));
}

// ---- reaping in user space ----

AIO_TEST(Ring, UserReapsByMovingTheHead, "K143") {
  const Context context = setup();
  make_events(backend(), context, 3, 50);
  EXPECT_EQ(event_in_slot(context, ring_of(context).head).data, 50U);
  ring_of(context).head = (ring_of(context).head + 1) % ring_of(context).nr;
  EXPECT_THAT(take(backend(), context, 8), ElementsAre(HasData(51), HasData(52)));
}

AIO_TEST(Ring, UserMayReapForEver, "K143") {
  const Context context = setup();
  const std::uint32_t nr = ring_of(context).nr;
  for (std::uint64_t i = 0; i < 3 * nr; ++i) {
    make_events(backend(), context, 1, i);
    const std::uint32_t head = ring_of(context).head;
    ASSERT_NE(head, ring_of(context).tail);
    ASSERT_EQ(event_in_slot(context, head).data, i);
    ring_of(context).head = (head + 1) % nr;
  }
  EXPECT_EQ(ring_of(context).head, ring_of(context).tail);
}

// ---- a tail that the user forged ----

AIO_TEST(Ring, ForgedTailDeliversForgedEvents, "K141") {
  const Context context = setup();
  io_event forged{};
  forged.data = 1;
  forged.obj = 2;
  forged.res = 3;
  forged.res2 = 4;
  forge_slot(context, 0, forged);
  ring_of(context).tail = 1;
  const std::vector<io_event> events = take(backend(), context, 8);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(std::memcmp(events.data(), &forged, sizeof forged), 0);
  EXPECT_EQ(ring_of(context).head, 1U);
}

AIO_TEST(Ring, NextCompletionResetsAForgedTail, "K141") {
  const Context context = setup();
  ring_of(context).tail = 5;
  make_events(backend(), context, 1, 50);
  EXPECT_EQ(ring_of(context).tail, 1U) << "the private tail was 0";
  EXPECT_THAT(take(backend(), context, 8), ElementsAre(HasData(50)));
}

AIO_TEST(Ring, LoweredTailHidesEventsUntilTheNextCompletion, "K141") {
  const Context context = setup();
  make_events(backend(), context, 2, 50);
  ring_of(context).tail = 0;
  EXPECT_THAT(take(backend(), context, 8), IsEmpty());
  make_events(backend(), context, 1, 52);
  EXPECT_THAT(take(backend(), context, 8), ElementsAre(HasData(50), HasData(51), HasData(52)));
}

// ---- the words are compared raw, then reduced ----

AIO_TEST(Ring, HeadAheadOfTheTailWrapsAroundTheRing, "K142") {
  const Context context = setup();
  const std::uint32_t nr = ring_of(context).nr;
  forge_all_slots(context);
  ring_of(context).head = 5;
  ring_of(context).tail = 2;
  const std::vector<io_event> events = take(backend(), context, 2L * nr);
  ASSERT_THAT(events, SizeIs(nr - 3));
  EXPECT_EQ(events.front().data, 1005U);
  EXPECT_EQ(events.back().data, 1001U);
  EXPECT_EQ(ring_of(context).head, 2U);
}

AIO_TEST(Ring, HugeHeadIsReducedModuloTheRingSize, "K142") {
  const Context context = setup();
  const std::uint32_t nr = ring_of(context).nr;
  forge_all_slots(context);
  ring_of(context).head = 0xffffffff;
  const std::uint32_t start = 0xffffffffU % nr;
  ring_of(context).tail = (start + 2) % nr;
  const std::vector<io_event> events = take(backend(), context, 8);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].data, 1000 + start);
  EXPECT_EQ(ring_of(context).head, (start + 2) % nr);
}

AIO_TEST(Ring, HugeTailIsReducedModuloTheRingSize, "K142") {
  const Context context = setup();
  const std::uint32_t nr = ring_of(context).nr;
  forge_all_slots(context);
  ring_of(context).tail = 0x80000000;
  const std::uint32_t end = 0x80000000U % nr;
  EXPECT_THAT(take(backend(), context, 2L * nr), SizeIs(end));
  EXPECT_EQ(ring_of(context).head, end);
}

AIO_TEST(Ring, EqualRawWordsMeanEmptyAndHeadIsNotReduced, "K142") {
  const Context context = setup();
  const std::uint32_t nr = ring_of(context).nr;
  for (const std::uint32_t word : {nr, nr + 5, 0xffffffffU}) {
    ring_of(context).head = word;
    ring_of(context).tail = word;
    EXPECT_THAT(take(backend(), context, 8), IsEmpty());
    EXPECT_EQ(ring_of(context).head, word);
  }
}

AIO_TEST(Ring, WordsEqualOnlyAfterReductionAreEmptyButHeadIsStored, "K142") {
  const Context context = setup();
  const std::uint32_t nr = ring_of(context).nr;
  ring_of(context).head = nr + 2;
  ring_of(context).tail = 2;
  EXPECT_THAT(take(backend(), context, 8), IsEmpty());
  EXPECT_EQ(ring_of(context).head, 2U);
}

AIO_TEST(Ring, ReducedHeadIsStoredEvenWhenNothingIsAskedFor, "K142") {
  const Context context = setup();
  const std::uint32_t nr = ring_of(context).nr;
  ring_of(context).head = nr + 2;
  ring_of(context).tail = 3;
  EXPECT_THAT(io_getevents(context, 0, 0, nullptr), Returns(0));
  EXPECT_EQ(ring_of(context).head, 2U);
}

AIO_TEST(Ring, RewoundHeadDeliversEventsAgain, "K142") {
  const Context context = setup();
  make_events(backend(), context, 2, 50);
  EXPECT_THAT(take(backend(), context, 8), ElementsAre(HasData(50), HasData(51)));
  ring_of(context).head = 0;
  EXPECT_THAT(take(backend(), context, 8), ElementsAre(HasData(50), HasData(51)));
  EXPECT_EQ(ring_of(context).head, 2U);
}

AIO_TEST(Ring, RingMayBeTheBufferOfARead, "K145") {
  const Context context = setup();
  make_events(backend(), context, 2, 50);
  EXPECT_THAT(take(backend(), context, 8), SizeIs(2));
  // Four zero bytes over the head word, which was 2.
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), ring_address(context) + 8, 4, 0, 52);
  ASSERT_THAT(submit(context, request), Returns(1));
  EXPECT_EQ(ring_of(context).head, 0U);
  EXPECT_THAT(take(backend(), context, 8), ElementsAre(HasData(50), HasData(51), HasData(52)));
}

// ---- what a library that peeks at the ring answers by itself ----
//
// The kernel checks its arguments first. libaio answers 0 without a call when the timeout is {0,0}
// and the ring looks empty, so it answers 0 where the kernel would say EINVAL.

// What a call that the kernel refuses with EINVAL answers with a zero timeout and an empty ring.
long refused_unless_peeked(const Facts& facts) { return facts.library_reads_ring ? 0 : -EINVAL; }

AIO_TEST(Ring, LibraryAnswersAnEmptyRingBeforeTheKernelChecksTheCounts, "K144") {
  const Context context = setup();
  timespec zero = timeout_of(0, 0);
  io_event event{};
  const long expected = refused_unless_peeked(facts());
  EXPECT_EQ(io_getevents(context, 2, 1, &event, &zero), expected);
  EXPECT_EQ(io_getevents(context, -1, 1, &event, &zero), expected);
  EXPECT_EQ(io_pgetevents(context, 2, 1, &event, &zero, nullptr), expected);
}

AIO_TEST(Ring, LibraryAnswersAnEmptyRingWhateverItsIdSays, "K144") {
  const Context context = setup();
  timespec zero = timeout_of(0, 0);
  io_event event{};
  const std::uint32_t id = ring_of(context).id;
  ring_of(context).id = id + 1;
  EXPECT_EQ(io_getevents(context, 0, 1, &event, &zero), refused_unless_peeked(facts()));
  ring_of(context).id = id;
}

AIO_TEST(Ring, AnyOtherTimeoutGoesToTheKernel, "K144") {
  const Context context = setup();
  io_event event{};
  timespec tiny = timeout_of(0, 1);
  EXPECT_THAT(io_getevents(context, 2, 1, &event, nullptr), FailsWith(EINVAL));
  EXPECT_THAT(io_getevents(context, 2, 1, &event, &tiny), FailsWith(EINVAL));
  EXPECT_THAT(io_pgetevents(context, 2, 1, &event, &tiny, nullptr), FailsWith(EINVAL));
}

AIO_TEST(Ring, RingThatIsNotEmptyGoesToTheKernel, "K144") {
  const Context context = setup();
  make_events(backend(), context, 1);
  timespec zero = timeout_of(0, 0);
  io_event event{};
  EXPECT_THAT(io_getevents(context, 2, 1, &event, &zero), FailsWith(EINVAL));
  EXPECT_THAT(io_pgetevents(context, 2, 1, &event, &zero, nullptr), FailsWith(EINVAL));
}

AIO_TEST(Ring, RingWithAnotherMagicGoesToTheKernel, "K144") {
  const Context context = setup();
  ring_of(context).magic = 0xa10a10a0;
  timespec zero = timeout_of(0, 0);
  io_event event{};
  EXPECT_THAT(io_getevents(context, 2, 1, &event, &zero), FailsWith(EINVAL));
}

AIO_TEST(Ring, DestroyedHandleCrashesALibraryThatPeeksAtIt, "K144") {
  const Context context = setup();
  ASSERT_THAT(io_destroy(context), Returns(0));
  forget(context);
  io_event event{};
  const long expected = facts().library_reads_ring ? crash_result(SIGSEGV) : -EINVAL;
  EXPECT_EQ(io_getevents(context, 0, 1, &event, nullptr), expected);
  EXPECT_EQ(io_pgetevents(context, 0, 1, &event, nullptr, nullptr), expected);
}

AIO_TEST(Ring, ZeroHandleIsNotPeekedAt, "K144") {
  timespec zero = timeout_of(0, 0);
  io_event event{};
  EXPECT_THAT(io_getevents(0, 0, 1, &event, &zero), FailsWith(EINVAL));
  EXPECT_THAT(io_pgetevents(0, 0, 1, &event, &zero, nullptr), FailsWith(EINVAL));
}

}  // namespace
}  // namespace conformance
