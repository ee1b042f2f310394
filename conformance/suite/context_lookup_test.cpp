// How a handle is turned into a context: the id word in user memory, the address, nothing else.
#include <fcntl.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "conformance/harness.h"
#include "conformance/suite/contexts.h"

namespace conformance {
namespace {

AIO_AREA(Lookup);

Context handle_at(const void* address) { return reinterpret_cast<Context>(address); }

// Moves the ring's mapping to a place of the kernel's choice; the new address, or MAP_FAILED.
void* move_ring(Context context, std::size_t bytes) {
  void* elsewhere = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return mremap(ring_address(context), bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere);
}

// A page of ordinary memory at exactly `address`, with `id` as its first word.
bool put_impostor(Context context, std::size_t bytes, std::uint32_t id) {
  void* page = mmap(ring_address(context), bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (page != ring_address(context)) return false;
  std::memcpy(page, &id, sizeof id);
  return true;
}

// ---- handles that never were one ----

AIO_TEST(Lookup, ZeroHandleIsEinval, "K24") {
  EXPECT_THAT(five_calls(backend(), 0), AllFailWithEinval());
}

AIO_TEST(Lookup, AllOnesHandleIsEinval, "K24") {
  EXPECT_THAT(five_calls(backend(), ~Context{0}, Handle::unreadable), AllFailWithEinval());
}

AIO_TEST(Lookup, UnmappedHandleIsEinvalNotEfault, "K24") {
  const Context nowhere = handle_at(unmapped_address());
  EXPECT_THAT(five_calls(backend(), nowhere, Handle::unreadable), AllFailWithEinval());
}

AIO_TEST(Lookup, KernelAddressIsEinvalNotEfault, "K24") {
  const Context kernel = handle_at(kernel_address());
  EXPECT_THAT(five_calls(backend(), kernel, Handle::unreadable), AllFailWithEinval());
}

AIO_TEST(Lookup, InaccessiblePageIsEinvalNotEfault, "K24") {
  Pages page(1);
  page.protect(PROT_NONE);
  EXPECT_THAT(five_calls(backend(), handle_at(page.data()), Handle::unreadable),
              AllFailWithEinval());
}

AIO_TEST(Lookup, AddressInsideTheRingIsEinval, "K24") {
  const Context context = setup();
  for (const unsigned offset : {1U, 4U, 8U, 32U}) {
    EXPECT_THAT(five_calls(backend(), context + offset), AllFailWithEinval()) << "+" << offset;
  }
  EXPECT_THAT(io_submit(context, 0, nullptr), Returns(0));
}

AIO_TEST(Lookup, PlainMemoryWithAValidIdIsEinval, "K24") {
  const Context context = setup();
  Pages page(1);
  const std::uint32_t id = ring_of(context).id;
  std::memcpy(page.data(), &id, sizeof id);
  EXPECT_THAT(five_calls(backend(), handle_at(page.data())), AllFailWithEinval());
}

AIO_TEST(Lookup, CopyOfARingElsewhereIsEinval, "K24") {
  const Context context = setup();
  Pages copy(ring_bytes(facts(), 8) / facts().page_size);
  std::memcpy(copy.data(), ring_address(context), copy.size());
  EXPECT_THAT(five_calls(backend(), handle_at(copy.data())), AllFailWithEinval());
}

AIO_TEST(Lookup, DestroyedHandleIsEinval, "K24 K131") {
  const Context context = setup();
  ASSERT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_THAT(five_calls(backend(), context, Handle::unreadable), AllFailWithEinval());
}

AIO_TEST(Lookup, StaleHandleIsValidAgainWhenItsAddressIsReused, "K22") {
  const Context old = setup();
  ASSERT_THAT(io_destroy(old), Returns(0));
  forget(old);
  const Context next = setup();
  if (next == old) {
    EXPECT_THAT(io_submit(old, 0, nullptr), Returns(0));
  } else {
    UNSPECIFIED("the new ring was mapped elsewhere: which address it gets is nobody's promise");
    EXPECT_THAT(io_submit(old, 0, nullptr), FailsWith(EINVAL));
  }
}

// ---- words of the ring header ----

AIO_TEST(Lookup, SmallestFreeIdIsTaken, "K20") {
  const Context first = setup();
  const Context second = setup();
  const Context third = setup();
  const Context fourth = setup();
  const std::uint32_t second_id = ring_of(second).id;
  const std::uint32_t fourth_id = ring_of(fourth).id;
  EXPECT_LT(ring_of(first).id, second_id);
  EXPECT_LT(second_id, ring_of(third).id);
  EXPECT_LT(ring_of(third).id, fourth_id);
  for (const Context context : {second, fourth}) {
    forget(context);
    EXPECT_THAT(io_destroy(context), Returns(0));
  }
  EXPECT_EQ(ring_of(setup()).id, second_id);
  EXPECT_EQ(ring_of(setup()).id, fourth_id);
}

AIO_TEST(Lookup, IdTableGrowsBeyondItsFirstEntries, "K20") {
  const int last_id = backend().in_fork([](Backend& b) {
    Context context = 0;
    for (int i = 0; i < 20; ++i) {
      context = 0;
      if (b.io_setup(1, &context) != 0) return 200;
      if (ring_of(context).id != static_cast<std::uint32_t>(i)) return 100 + i;
    }
    return static_cast<int>(ring_of(context).id);
  });
  EXPECT_EQ(last_id, 19) << "0, 1, 2, ... in a fresh address space";
}

AIO_TEST(Lookup, OverwrittenMagicChangesNothing, "K25") {
  const Context context = setup();
  ring_of(context).magic = 0;
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 5);
  EXPECT_THAT(complete(context, request), Completes(&request, 1));
}

AIO_TEST(Lookup, OverwrittenNrChangesNothing, "K25") {
  const Context context = setup();
  ring_of(context).nr = 3;
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0);
  for (std::uint64_t i = 0; i < 6; ++i) {
    request.aio_data = 100 + i;
    ASSERT_THAT(submit(context, request), Returns(1));
  }
  for (std::uint64_t i = 0; i < 6; ++i) EXPECT_EQ(event_in_slot(context, i).data, 100 + i);
  EXPECT_THAT(reap(context, 6), testing::Each(HasRes(1)));
}

AIO_TEST(Lookup, OverwrittenFeatureWordsChangeNothing, "K25") {
  const Context context = setup();
  ring_of(context).compat_features = 77;
  ring_of(context).incompat_features = ~0U;
  ring_of(context).header_length = 4096;
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 5);
  EXPECT_THAT(complete(context, request), Completes(&request, 1));
  EXPECT_EQ(event_in_slot(context, 0).data, 5U);
}

AIO_TEST(Lookup, OverwrittenIdIsEinvalForEveryCall, "K26") {
  const Context context = setup();
  const std::uint32_t id = ring_of(context).id;
  for (const std::uint32_t wrong : {id + 1, 1000U, 0x80000000U, ~0U}) {
    ring_of(context).id = wrong;
    EXPECT_THAT(five_calls(backend(), context), AllFailWithEinval()) << wrong;
  }
  ring_of(context).id = id;
}

AIO_TEST(Lookup, AnotherContextsIdIsEinvalForEveryCall, "K26") {
  const Context context = setup();
  const Context other = setup();
  const std::uint32_t id = ring_of(context).id;
  ring_of(context).id = ring_of(other).id;
  EXPECT_THAT(five_calls(backend(), context), AllFailWithEinval());
  ring_of(context).id = id;
  EXPECT_THAT(io_submit(other, 0, nullptr), Returns(0)) << "the other one is not touched";
}

AIO_TEST(Lookup, RestoredIdRevivesTheContextAndItsRequests, "K26") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = poll_of(ends[0], POLLIN, 9);
  ASSERT_THAT(submit(context, poll), Returns(1));
  const std::uint32_t id = ring_of(context).id;
  ring_of(context).id = id + 1;
  EXPECT_THAT(five_calls(backend(), context, Handle::readable, &poll), AllFailWithEinval());
  ring_of(context).id = id;
  EXPECT_THAT(io_cancel(context, &poll, nullptr), FailsWith(EINPROGRESS));
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&poll, 0)));
}

AIO_TEST(Lookup, OverwrittenIdDoesNotDisturbAWaiter, "K26") {
  const Context context = setup();
  int ends[2];
  ASSERT_EQ(files().pipe(ends, 0), 0);
  iocb poll = poll_of(ends[0], POLLIN, 9);
  ASSERT_THAT(submit(context, poll), Returns(1));
  io_event event{};
  CALL_MAY_SLEEP(waiter,
                 [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, nullptr); });
  EXPECT_TRUE(waiter->blocked());
  const std::uint32_t id = ring_of(context).id;
  ring_of(context).id = 1000;
  EXPECT_THAT(io_submit(context, 0, nullptr), FailsWith(EINVAL));
  EXPECT_TRUE(waiter->blocked());
  EXPECT_EQ(files().write(ends[1], "x", 1), 1);
  EXPECT_THAT(waiter->finish(), Returns(1));
  EXPECT_EQ(event.data, 9U);
  ring_of(context).id = id;
}

// ---- protection ----

AIO_TEST(Lookup, ReadOnlyRingStillWorks, "K27") {
  const Context context = setup();
  const std::size_t bytes = ring_bytes(facts(), 8);
  ASSERT_EQ(mprotect(ring_address(context), bytes, PROT_READ), 0);
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 5);
  EXPECT_THAT(complete(context, request), Completes(&request, 1));
  EXPECT_EQ(ring_of(context).head, 1U) << "io_getevents moves head all the same";
  EXPECT_EQ(ring_of(context).tail, 1U);
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
}

AIO_TEST(Lookup, InaccessibleRingIsEinvalUntilRestored, "K27") {
  const Context context = setup();
  const std::size_t bytes = ring_bytes(facts(), 8);
  ASSERT_EQ(mprotect(ring_address(context), bytes, PROT_NONE), 0);
  EXPECT_THAT(five_calls(backend(), context, Handle::unreadable), AllFailWithEinval());
  ASSERT_EQ(mprotect(ring_address(context), bytes, PROT_READ | PROT_WRITE), 0);
  EXPECT_THAT(io_submit(context, 0, nullptr), Returns(0));
}

// ---- a ring that is unmapped, and an impostor in its place ----

AIO_TEST(Lookup, UnmappedRingIsEinvalAndStaysCharged, "K28") {
  Context context = 0;
  std::uint32_t id = 0;
  const std::size_t bytes = ring_bytes(facts(), 1000);
  const auto unmapped = [&] {
    context = 0;
    if (io_setup(1000, &context) != 0) return;
    id = ring_of(context).id;
    munmap(ring_address(context), bytes);
  };
  const auto put_back = [&] {
    EXPECT_THAT(five_calls(backend(), context, Handle::unreadable), AllFailWithEinval());
    EXPECT_TRUE(put_impostor(context, bytes, id));
    EXPECT_THAT(io_destroy(context), Returns(0));
  };
  EXPECT_EQ(aio_nr_change(backend(), 1000, unmapped, put_back), 1000);
}

AIO_TEST(Lookup, ImpostorPageWithTheIdRevivesTheContext, "K28") {
  const Context context = setup();
  const std::size_t bytes = ring_bytes(facts(), 8);
  const std::uint32_t id = ring_of(context).id;
  ASSERT_EQ(munmap(ring_address(context), bytes), 0);
  ASSERT_TRUE(put_impostor(context, bytes, id));
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 5);
  EXPECT_THAT(complete(context, request), Completes(&request, 1));
  EXPECT_EQ(ring_of(context).head, 0U) << "the impostor's words are neither read nor written";
  EXPECT_EQ(ring_of(context).tail, 0U);
}

AIO_TEST(Lookup, ImpostorPageWithAnotherIdDoesNot, "K28") {
  const Context context = setup();
  const std::size_t bytes = ring_bytes(facts(), 8);
  const std::uint32_t id = ring_of(context).id;
  ASSERT_EQ(munmap(ring_address(context), bytes), 0);
  ASSERT_TRUE(put_impostor(context, bytes, id + 1));
  EXPECT_THAT(five_calls(backend(), context), AllFailWithEinval());
  ring_of(context).id = id;
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
}

AIO_TEST(Lookup, DestroyUnmapsTheImpostor, "K28 K132") {
  const Context context = setup();
  const std::size_t bytes = ring_bytes(facts(), 8);
  const std::uint32_t id = ring_of(context).id;
  ASSERT_EQ(munmap(ring_address(context), bytes), 0);
  ASSERT_TRUE(put_impostor(context, bytes, id));
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_FALSE(is_mapped(ring_address(context), bytes));
}

AIO_TEST(Lookup, LaterPagesOfTheRingMayBeUnmapped, "K29") {
  const Context context = setup(300);
  const std::size_t bytes = ring_bytes(facts(), 300);
  const std::size_t page = facts().page_size;
  ASSERT_GT(bytes, page);
  ASSERT_EQ(munmap(ring_address(context) + page, bytes - page), 0);
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0);
  std::vector<iocb*> copies(300, &request);
  ASSERT_THAT(submit_all(context, copies), Returns(300));
  EXPECT_THAT(reap(context, 300), testing::Each(HasRes(1)));
}

// ---- mremap and madvise ----

AIO_TEST(Lookup, MovedRingChangesTheHandle, "K30") {
  const Context old = setup();
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 5);
  ASSERT_THAT(submit(old, request), Returns(1));
  void* elsewhere = move_ring(old, ring_bytes(facts(), 8));
  ASSERT_NE(elsewhere, MAP_FAILED);
  forget(old);
  const Context moved = handle_at(elsewhere);
  EXPECT_THAT(five_calls(backend(), old, Handle::unreadable), AllFailWithEinval());
  EXPECT_THAT(reap(moved, 1), testing::ElementsAre(Completes(&request, 1)));
  EXPECT_THAT(complete(moved, request), Completes(&request, 1));
  EXPECT_THAT(io_destroy(moved), Returns(0));
  EXPECT_FALSE(is_mapped(elsewhere, ring_bytes(facts(), 8)));
}

AIO_TEST(Lookup, ShrunkRingStaysValid, "K30") {
  const Context context = setup(300);
  const std::size_t bytes = ring_bytes(facts(), 300);
  ASSERT_EQ(mremap(ring_address(context), bytes, facts().page_size, 0), ring_address(context));
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 5);
  EXPECT_THAT(complete(context, request), Completes(&request, 1));
}

AIO_TEST(Lookup, RingCannotBeGrown, "K30") {
  const Context context = setup();
  const std::size_t bytes = ring_bytes(facts(), 8);
  EXPECT_EQ(mremap(ring_address(context), bytes, 2 * bytes, MREMAP_MAYMOVE), MAP_FAILED);
  EXPECT_EQ(errno, EFAULT);
  EXPECT_THAT(io_submit(context, 0, nullptr), Returns(0));
}

AIO_TEST(Lookup, RingCannotBeDuplicated, "K30") {
  const Context context = setup();
  const std::size_t bytes = ring_bytes(facts(), 8);
  EXPECT_EQ(mremap(ring_address(context), 0, bytes, MREMAP_MAYMOVE), MAP_FAILED);
  EXPECT_EQ(errno, EFAULT);
}

AIO_TEST(Lookup, RingCannotBeMovedLeavingItsMappingBehind, "K30") {
  const Context context = setup();
  const std::size_t bytes = ring_bytes(facts(), 8);
  constexpr int kDontUnmap = 4;  // MREMAP_DONTUNMAP
  void* anywhere = nullptr;
  void* moved = mremap(ring_address(context), bytes, bytes, MREMAP_MAYMOVE | kDontUnmap, anywhere);
  EXPECT_EQ(moved, MAP_FAILED);
  EXPECT_EQ(errno, EINVAL);
}

AIO_TEST(Lookup, DontneedAdviceKeepsTheRingsContents, "K31") {
  const Context context = setup();
  char byte = 1;
  iocb request = pread_of(files().open("/dev/zero", O_RDONLY), &byte, 1, 0, 5);
  ASSERT_THAT(submit(context, request), Returns(1));
  ASSERT_EQ(madvise(ring_address(context), ring_bytes(facts(), 8), MADV_DONTNEED), 0);
  EXPECT_EQ(ring_of(context).magic, kRingMagic);
  EXPECT_THAT(reap(context, 1), testing::ElementsAre(Completes(&request, 1)));
}

AIO_TEST(Lookup, RemoveAdviceIsRefused, "K31") {
  const Context context = setup();
  EXPECT_EQ(madvise(ring_address(context), ring_bytes(facts(), 8), MADV_REMOVE), -1);
  EXPECT_EQ(errno, ENODEV);
  EXPECT_EQ(ring_of(context).magic, kRingMagic);
}

AIO_TEST(Lookup, DontforkAdviceKeepsTheRingFromAChild, "K31") {
  const Context context = setup();
  ASSERT_EQ(madvise(ring_address(context), ring_bytes(facts(), 8), MADV_DONTFORK), 0);
  const int ending = backend().in_fork([&](Backend&) {
    let_faults_kill();
    return static_cast<int>(ring_of(context).id & 1U);
  });
  EXPECT_EQ(ending, 256 + SIGSEGV);
  EXPECT_THAT(io_submit(context, 0, nullptr), Returns(0)) << "the parent is not affected";
}

}  // namespace
}  // namespace conformance
