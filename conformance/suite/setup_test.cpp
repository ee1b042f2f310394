// io_setup: arguments, the order of errors, size classes, accounting, the size of the ring.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "conformance/harness.h"
#include "conformance/suite/contexts.h"

namespace conformance {
namespace {

AIO_AREA(Setup);

// More than the system allows in all, yet not more than any ring may have.
std::uint64_t over_the_limit(Backend& backend) {
  const std::uint64_t limit = backend.aio_max_nr();
  return limit < 4'000'000 ? limit + 1 : 0x80000000;
}

// Sets up and destroys again: what io_setup answered.
long try_setup(Backend& backend, std::uint64_t nr_events) {
  Context context = 0;
  const long result = backend.io_setup(nr_events, &context);
  if (result == 0) backend.io_destroy(context);
  return result;
}

// The ring size that a context for `nr_events` gets, 0 when there is no quota for it right now.
std::uint32_t ring_nr_for(Backend& backend, std::uint64_t nr_events) {
  for (int tries = 0; tries < 20; ++tries) {
    Context context = 0;
    if (backend.io_setup(nr_events, &context) == 0) {
      const std::uint32_t nr = ring_of(context).nr;
      backend.io_destroy(context);
      return nr;
    }
    backend.breathe();
  }
  return 0;
}

void limit_to(decltype(RLIMIT_AS) resource, rlim_t soft) {
  rlimit limit{};
  getrlimit(resource, &limit);
  limit.rlim_cur = soft;
  setrlimit(resource, &limit);
}

// ---- the context argument ----

AIO_TEST(Setup, FreshContextIsSetUp, "K2 K9") {
  Context context = 0;
  ASSERT_THAT(io_setup(1, &context), Returns(0));
  EXPECT_NE(context, Context{0});
  EXPECT_THAT(io_destroy(context), Returns(0));
}

AIO_TEST(Setup, UninitialisedContextIsEinval, "K2") {
  for (const Context garbage :
       {Context{1}, Context{0x1234}, Context{0xdeadbeefdeadbeef}, ~Context{0}}) {
    Context context = garbage;
    EXPECT_THAT(io_setup(8, &context), FailsWith(EINVAL));
    EXPECT_EQ(context, garbage) << "a failing io_setup leaves the context alone";
  }
}

AIO_TEST(Setup, ContextThatIsAlreadySetUpIsEinvalAndKeepsWorking, "K2") {
  Context context = setup();
  const Context before = context;
  EXPECT_THAT(io_setup(8, &context), FailsWith(EINVAL));
  EXPECT_EQ(context, before);
  EXPECT_THAT(io_submit(before, 0, nullptr), Returns(0));
}

AIO_TEST(Setup, ZeroEventsIsEinval, "K2") {
  Context context = 0;
  EXPECT_THAT(io_setup(0, &context), FailsWith(EINVAL));
  EXPECT_EQ(context, Context{0});
}

AIO_TEST(Setup, UnreadableContextPointerIsEfault, "K1") {
  EXPECT_THAT(io_setup(8, nullptr), FailsWith(EFAULT));
  EXPECT_THAT(io_setup(8, static_cast<Context*>(unmapped_address())), FailsWith(EFAULT));
  EXPECT_THAT(io_setup(8, static_cast<Context*>(kernel_address())), FailsWith(EFAULT));
  Pages page(1);
  page.protect(PROT_NONE);
  EXPECT_THAT(io_setup(8, reinterpret_cast<Context*>(page.data())), FailsWith(EFAULT));
}

AIO_TEST(Setup, ContextStraddlingUnreadableMemoryIsEfault, "K1") {
  Pages page(1);
  EXPECT_THAT(io_setup(8, reinterpret_cast<Context*>(page.tail(4))), FailsWith(EFAULT));
  Context* whole = reinterpret_cast<Context*>(page.tail(8));
  EXPECT_THAT(io_setup(8, whole), Returns(0));
  EXPECT_THAT(io_destroy(*whole), Returns(0));
}

AIO_TEST(Setup, UnalignedContextPointerWorks, "K11") {
  Pages page(1);
  char* odd = page.data() + 3;
  ASSERT_THAT(io_setup(8, reinterpret_cast<Context*>(odd)), Returns(0));
  Context context = 0;
  std::memcpy(&context, odd, sizeof context);
  EXPECT_THAT(io_destroy(context), Returns(0));
}

// ---- the order of errors: the first one wins ----

AIO_TEST(Setup, UnreadableContextPointerWinsOverZeroEvents, "K1 K2") {
  EXPECT_THAT(io_setup(0, nullptr), FailsWith(EFAULT));
}

AIO_TEST(Setup, UnreadableContextPointerWinsOverEverySizeError, "K1 K3 K4") {
  EXPECT_THAT(io_setup(0x7fffffff, nullptr), FailsWith(EFAULT));
  EXPECT_THAT(io_setup(0x80000000, nullptr), FailsWith(EFAULT));
  EXPECT_THAT(io_setup(0xffffffff, nullptr), FailsWith(EFAULT));
}

AIO_TEST(Setup, NonzeroContextWinsOverTheSystemLimit, "K2 K4") {
  Context context = 0x1234;
  EXPECT_THAT(io_setup(over_the_limit(backend()), &context), FailsWith(EINVAL));
  EXPECT_THAT(io_setup(0x80000000, &context), FailsWith(EINVAL));
}

AIO_TEST(Setup, TooLargeARingWinsOverTheSystemLimit, "K3 K4") {
  Context context = 0;
  EXPECT_THAT(io_setup(4194305, &context), FailsWith(EINVAL)) << "over both limits at once";
  EXPECT_EQ(context, Context{0});
}

AIO_TEST(Setup, SystemLimitWinsOverMissingMemory, "K4 K5") {
  const int error = backend().in_fork([](Backend& b) {
    const std::uint64_t too_many = over_the_limit(b);
    limit_to(RLIMIT_AS, 0);
    return static_cast<int>(-try_setup(b, too_many));
  });
  EXPECT_EQ(error, EAGAIN);
}

AIO_TEST(Setup, MissingMemoryWinsOverAUsedUpQuota, "K5 K6") {
  const int error = backend().in_fork([](Backend& b) {
    Context first = 0;
    if (b.io_setup(8, &first) != 0) return 200;
    const std::uint64_t all_of_it = b.aio_max_nr();
    limit_to(RLIMIT_AS, 0);
    return static_cast<int>(-try_setup(b, all_of_it));
  });
  if (error == 200) BROKEN("no quota for the first context");
  EXPECT_EQ(error, ENOMEM);
}

AIO_TEST(Setup, UsedUpQuotaWinsOverAReadOnlyContext, "K6 K7") {
  setup(8);
  Pages page(1);
  page.protect(PROT_READ);
  Context* read_only = reinterpret_cast<Context*>(page.data());
  EXPECT_THAT(io_setup(backend().aio_max_nr(), read_only), FailsWith(EAGAIN));
}

AIO_TEST(Setup, EarlierErrorsWinOverAReadOnlyContext, "K2 K3 K4 K7") {
  Pages page(1);
  page.protect(PROT_READ);
  Context* read_only = reinterpret_cast<Context*>(page.data());
  EXPECT_THAT(io_setup(0, read_only), FailsWith(EINVAL));
  EXPECT_THAT(io_setup(4194305, read_only), FailsWith(EINVAL));
  EXPECT_THAT(io_setup(over_the_limit(backend()), read_only), FailsWith(EAGAIN));
}

AIO_TEST(Setup, ReadOnlyContextIsEfaultAndNothingStays, "K7") {
  Pages page(1);
  page.protect(PROT_READ);
  Context* read_only = reinterpret_cast<Context*>(page.data());
  const int rings = mapped_rings();
  long result = 0;
  const auto change = [&] { result = io_setup(8, read_only); };
  EXPECT_EQ(aio_nr_change(backend(), 0, change, [] {}), 0) << "the charge is taken back";
  EXPECT_THAT(result, FailsWith(EFAULT));
  EXPECT_EQ(*read_only, Context{0});
  EXPECT_EQ(mapped_rings(), rings) << "the ring is unmapped again";
}

// ---- memory and other resources ----

AIO_TEST(Setup, NoAddressSpaceIsEnomem, "K5") {
  const int error = backend().in_fork([](Backend& b) {
    limit_to(RLIMIT_AS, 0);
    return static_cast<int>(-try_setup(b, 8));
  });
  EXPECT_EQ(error, ENOMEM);
}

AIO_TEST(Setup, NoLockableMemoryIsEnomemNotEagain, "K5") {
  constexpr int kCannotTry = 200;
  const int error = backend().in_fork([](Backend& b) {
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return kCannotTry;
    limit_to(RLIMIT_MEMLOCK, 4096);
    // The call itself: sanitizers turn the C library's function into nothing.
    if (syscall(SYS_mlockall, MCL_FUTURE) != 0) return kCannotTry;
    return static_cast<int>(-try_setup(b, 1000));
  });
  if (error == kCannotTry) {
    UNSPECIFIED("memory cannot be locked by this user here");
  } else {
    EXPECT_EQ(error, ENOMEM);
  }
}

AIO_TEST(Setup, NeedsNoDescriptor, "K11") {
  const int error = backend().in_fork([](Backend& b) {
    limit_to(RLIMIT_NOFILE, 0);
    return static_cast<int>(-try_setup(b, 8));
  });
  EXPECT_EQ(error, 0);
}

AIO_TEST(Setup, FileSizeLimitDoesNotMatter, "K11") {
  const int error = backend().in_fork([](Backend& b) {
    limit_to(RLIMIT_FSIZE, 0);
    return static_cast<int>(-try_setup(b, 8));
  });
  EXPECT_EQ(error, 0);
}

// ---- size classes ----

AIO_TEST(Setup, MoreThanTheSystemLimitIsEagain, "K4 K9") {
  Context context = 0;
  EXPECT_THAT(io_setup(over_the_limit(backend()), &context), FailsWith(EAGAIN));
  EXPECT_EQ(context, Context{0});
  if (backend().aio_max_nr() < 4194304) {
    EXPECT_THAT(io_setup(4194304, &context), FailsWith(EAGAIN)) << "the largest possible ring";
  }
}

AIO_TEST(Setup, MoreThanFourMillionEventsIsEinval, "K3 K9") {
  for (const std::uint64_t nr : {4194305UL, 4194306UL, 0x40000000UL, 0x7fffffffUL}) {
    EXPECT_THAT(try_setup(backend(), nr), FailsWith(EINVAL)) << nr;
  }
}

AIO_TEST(Setup, CountThatDoublesToZeroIsEagain, "K4 K9") {
  EXPECT_THAT(try_setup(backend(), 0x80000000), FailsWith(EAGAIN));
}

AIO_TEST(Setup, CountThatWrapsToASmallRingIsOnlyOverTheLimit, "K3 K9") {
  if (backend().aio_max_nr() >= 0x80000001) {
    UNSPECIFIED("this system allows two thousand million events");
    return;
  }
  EXPECT_THAT(try_setup(backend(), 0x80000001), FailsWith(EAGAIN));
  EXPECT_THAT(try_setup(backend(), 0x80400000), FailsWith(EAGAIN));
}

AIO_TEST(Setup, CountThatWrapsToATooLargeRingIsEinval, "K3 K9") {
  for (const std::uint64_t nr : {0x80400001UL, 0xc0000000UL, 0xffffffffUL}) {
    EXPECT_THAT(try_setup(backend(), nr), FailsWith(EINVAL)) << nr;
  }
}

AIO_TEST(Setup, UpperHalfOfTheCountIsIgnored, "K8") {
  EXPECT_THAT(try_setup(backend(), 0x100000000), FailsWith(EINVAL)) << "acts as 0";
  Context one = 0;
  ASSERT_THAT(io_setup(0x100000001, &one), Returns(0)) << "acts as 1";
  EXPECT_EQ(ring_of(one).nr, ring_entries(facts(), 1));
  EXPECT_THAT(io_destroy(one), Returns(0));
  Context thousand = 0;
  ASSERT_THAT(io_setup(0xabcdef00000003e8, &thousand), Returns(0)) << "acts as 1000";
  EXPECT_EQ(ring_of(thousand).nr, ring_entries(facts(), 1000));
  EXPECT_THAT(io_destroy(thousand), Returns(0));
}

AIO_TEST(Setup, RaisedSystemLimitAdmitsWhatTheRingAllows, "K10") {
  if (!backend().set_aio_max_nr(4'500'000'000)) NOT_APPLICABLE("aio-max-nr is not ours to raise");
  EXPECT_EQ(ring_nr_for(backend(), 65537), ring_entries(facts(), 65537));
  EXPECT_THAT(try_setup(backend(), 4194305), FailsWith(EINVAL));
  EXPECT_THAT(try_setup(backend(), 0x80000000), FailsWith(EAGAIN));
}

AIO_TEST(Setup, WrappedCountGetsASmallRingButPaysInFull, "K10 K13") {
  if (!backend().set_aio_max_nr(4'500'000'000)) NOT_APPLICABLE("aio-max-nr is not ours to raise");
  const std::uint64_t before = backend().aio_nr();
  Context context = 0;
  ASSERT_THAT(io_setup(0x80000001, &context), Returns(0));
  EXPECT_EQ(ring_of(context).nr, facts().page_size / 32 - 1) << "the count has wrapped to 2";
  EXPECT_EQ(backend().aio_nr() - before, 0x80000001U);
  EXPECT_THAT(io_destroy(context), Returns(0));
}

// ---- accounting ----

AIO_TEST(Setup, ContextIsChargedExactlyWhatWasAskedFor, "K13") {
  for (const unsigned nr : {1U, 7U, 1000U}) {
    Context context = 0;
    const auto change = [&] { context = 0, io_setup(nr, &context); };
    const auto undo = [&] { io_destroy(context); };
    EXPECT_EQ(aio_nr_change(backend(), nr, change, undo), nr);
  }
}

AIO_TEST(Setup, DestroyTakesTheChargeBack, "K13") {
  Context context = 0;
  io_setup(1000, &context);
  const auto change = [&] { io_destroy(context); };
  const auto again = [&] { context = 0, io_setup(1000, &context); };
  EXPECT_EQ(aio_nr_change(backend(), -1000, change, again), -1000);
  io_destroy(context);
}

AIO_TEST(Setup, FailedSetupIsNotCharged, "K6 K13") {
  setup(8);
  const auto change = [&] { try_setup(backend(), backend().aio_max_nr()); };
  EXPECT_EQ(aio_nr_change(backend(), 0, change, [] {}), 0);
}

AIO_TEST(Setup, QuotaIsUsableToTheLastEvent, "K6 K14") {
  if (backend().aio_max_nr() > 1'000'000) {
    UNSPECIFIED("this system's limit is too large to use up");
    return;
  }
  bool to_the_last = false;
  for (int tries = 0; tries < 25 && !to_the_last; ++tries) {
    Context rest = 0;
    const std::uint64_t left = backend().aio_max_nr() - backend().aio_nr();
    if (io_setup(left, &rest) != 0) continue;  // another program was faster
    to_the_last =
        try_setup(backend(), 1) == -EAGAIN && backend().aio_nr() == backend().aio_max_nr();
    io_destroy(rest);
  }
  EXPECT_TRUE(to_the_last);
}

AIO_TEST(Setup, OneEventMoreThanTheQuotaIsEagain, "K6 K14") {
  setup(8);
  bool refused = false;
  for (int tries = 0; tries < 25 && !refused; ++tries) {
    const std::uint64_t left = backend().aio_max_nr() - backend().aio_nr();
    refused = try_setup(backend(), left + 1) == -EAGAIN;
  }
  EXPECT_TRUE(refused);
}

// ---- the size of the ring ----

AIO_TEST(Setup, SmallCountsGetTheRingOfTheFormula, "K17") {
  for (const std::uint64_t nr : {1UL, 2UL, 4UL, 7UL, 8UL, 9UL, 16UL, 32UL, 61UL, 62UL}) {
    EXPECT_EQ(ring_nr_for(backend(), nr), ring_entries(facts(), nr)) << nr;
  }
}

AIO_TEST(Setup, CountsAroundPageBoundariesGetTheRingOfTheFormula, "K17") {
  for (const std::uint64_t nr :
       {63UL, 64UL, 100UL, 126UL, 127UL, 128UL, 190UL, 191UL, 192UL, 254UL}) {
    EXPECT_EQ(ring_nr_for(backend(), nr), ring_entries(facts(), nr)) << nr;
  }
}

AIO_TEST(Setup, LargeCountsGetTheRingOfTheFormula, "K17") {
  for (const std::uint64_t nr : {255UL, 256UL, 511UL, 512UL, 1000UL, 1024UL, 4096UL, 10000UL}) {
    const std::uint32_t got = ring_nr_for(backend(), nr);
    if (got == 0) BROKEN("other programs use the quota up");
    EXPECT_EQ(got, ring_entries(facts(), nr)) << nr;
  }
}

AIO_TEST(Setup, LargestCountsGetTheRingOfTheFormula, "K17") {
  for (const std::uint64_t nr : {32768UL, 65536UL}) {
    const std::uint32_t got = ring_nr_for(backend(), nr);
    if (got == 0) {
      UNSPECIFIED("other programs use too much of the quota for so large a context");
    } else {
      EXPECT_EQ(got, ring_entries(facts(), nr)) << nr;
    }
  }
}

AIO_TEST(Setup, TwoPossibleCpusGetTheTableOfTheRule, "K17") {
  Facts two = facts();
  two.possible_cpus = 2;
  two.page_size = 4096;
  EXPECT_EQ(ring_entries(two, 62), 127U);
  EXPECT_EQ(ring_entries(two, 63), 255U);
  EXPECT_EQ(ring_entries(two, 1024), 2175U);
  EXPECT_EQ(ring_entries(two, 65536), 131199U);
  if (facts().possible_cpus <= 15 && facts().page_size == 4096) {
    EXPECT_EQ(ring_nr_for(backend(), 62), 127U) << "the last count that fits into one page";
    EXPECT_EQ(ring_nr_for(backend(), 63), 255U) << "the first that does not";
  }
}

AIO_TEST(Setup, WholeRingIsMapped, "K17") {
  const Context context = setup(1000);
  EXPECT_TRUE(is_mapped(ring_address(context), ring_bytes(facts(), 1000)));
}

}  // namespace
}  // namespace conformance
