// io_pgetevents: the order of its extra checks, and the temporary signal mask (K119-K123).
#include <poll.h>
#include <sys/mman.h>

#include <array>
#include <csignal>

#include "conformance/suite/shorthand.h"

namespace conformance {
namespace {

AIO_AREA(Pgetevents);

// What the raw call's last argument points at.
struct SignalArgument {
  const void* mask;
  std::size_t size;
};

// The kernel's signal set: bit `signal - 1`.
using Mask = std::uint64_t;
constexpr Mask kBlockNothing = 0;
constexpr Mask kBlockAll = ~Mask{0};
static_assert(sizeof(Mask) == 8);

SignalArgument argument_of(const Mask& mask) { return {&mask, sizeof mask}; }

// A signal blocked, and pending, until the end of the scope.
class PendingSignal {
 public:
  PendingSignal(Backend& backend, int signal) : backend_(backend), signal_(signal) {
    backend_.block_signal(signal_, true);
    backend_.raise_signal(signal_);
  }
  ~PendingSignal() { backend_.block_signal(signal_, false); }
  PendingSignal(const PendingSignal&) = delete;
  PendingSignal& operator=(const PendingSignal&) = delete;

 private:
  Backend& backend_;
  const int signal_;
};

// Nearly at once. Not zero: a library that peeks at the ring answers a zero timeout by itself
// (K144), and these tests ask the kernel.
timespec at_once() { return timeout_of(0, 1); }

timespec* unreadable_timeout() { return static_cast<timespec*>(unmapped_address()); }

// ---- order of the checks ----

AIO_TEST(Pgetevents, UnreadableTimeoutWinsOverABadMaskSize, "K120") {
  Context context = setup(8);
  io_event event;
  SignalArgument seven{&kBlockNothing, 7};
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, unreadable_timeout(), &seven),
              FailsWith(EFAULT));
}

AIO_TEST(Pgetevents, UnreadableTimeoutWinsOverABadContext, "K120") {
  io_event event;
  EXPECT_THAT(io_pgetevents(0, 0, 1, &event, unreadable_timeout(), nullptr), FailsWith(EFAULT));
}

AIO_TEST(Pgetevents, UnreadableSignalArgumentIsEfault, "K120") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, &soon, unmapped_address()), FailsWith(EFAULT));
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, &soon, kernel_address()), FailsWith(EFAULT));
}

AIO_TEST(Pgetevents, SignalArgumentStraddlingIntoAnUnmappedPageIsEfault, "K120") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  Pages page(1);
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, &soon, page.tail(4)), FailsWith(EFAULT));
}

AIO_TEST(Pgetevents, UnreadableSignalArgumentWinsOverABadContext, "K120") {
  io_event event;
  timespec soon = at_once();
  EXPECT_THAT(io_pgetevents(0, 0, 1, &event, &soon, unmapped_address()), FailsWith(EFAULT));
}

AIO_TEST(Pgetevents, AMaskOfAnotherSizeThanEightIsEinval, "K120") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  const std::array<Mask, 16> large{};
  for (std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{9}, std::size_t{128}}) {
    SignalArgument argument{large.data(), size};
    EXPECT_THAT(io_pgetevents(context, 0, 1, &event, &soon, &argument), FailsWith(EINVAL)) << size;
  }
}

AIO_TEST(Pgetevents, ABadSizeWinsOverAnUnreadableMask, "K120") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  SignalArgument argument{unmapped_address(), 7};
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, &soon, &argument), FailsWith(EINVAL));
}

AIO_TEST(Pgetevents, AnUnreadableMaskIsEfault, "K120") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  SignalArgument argument{unmapped_address(), 8};
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, &soon, &argument), FailsWith(EFAULT));
}

AIO_TEST(Pgetevents, AnUnreadableMaskWinsOverABadContext, "K120") {
  io_event event;
  timespec soon = at_once();
  SignalArgument argument{unmapped_address(), 8};
  EXPECT_THAT(io_pgetevents(0, 0, 1, &event, &soon, &argument), FailsWith(EFAULT));
}

AIO_TEST(Pgetevents, AnUnreadableMaskWinsOverMinAboveNr, "K120") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  SignalArgument argument{unmapped_address(), 8};
  EXPECT_THAT(io_pgetevents(context, 2, 1, &event, &soon, &argument), FailsWith(EFAULT));
}

AIO_TEST(Pgetevents, BadContextAndBadCountsAreEinvalAsInGetevents, "K120") {
  Context context = setup(8);
  std::array<io_event, 2> events;
  timespec soon = at_once();
  SignalArgument argument = argument_of(kBlockNothing);
  EXPECT_THAT(io_pgetevents(0, 0, 1, events.data(), &soon, &argument), FailsWith(EINVAL));
  EXPECT_THAT(io_pgetevents(context, 2, 1, events.data(), &soon, &argument), FailsWith(EINVAL));
  EXPECT_THAT(io_pgetevents(context, -1, 1, events.data(), &soon, &argument), FailsWith(EINVAL));
  EXPECT_THAT(io_pgetevents(context, 0, -1, events.data(), &soon, &argument), FailsWith(EINVAL));
}

// ---- without a mask ----

AIO_TEST(Pgetevents, WithoutASignalArgumentItIsGetevents, "K121") {
  Context context = setup(8);
  std::array<io_event, 4> events;
  timespec soon = at_once();
  EXPECT_THAT(io_pgetevents(context, 1, 4, events.data(), &soon, nullptr), Returns(0));
  queue_events(backend(), context, 3, 1);
  EXPECT_THAT(io_pgetevents(context, 1, 4, events.data(), nullptr, nullptr), Returns(3));
  EXPECT_EQ(events[2].data, 3u);
  queue_events(backend(), context, 1, 7);
  EXPECT_THAT(io_pgetevents(context, 1, 1, nullptr, nullptr, nullptr), FailsWith(EFAULT));
  EXPECT_THAT(data_of(drain(context)), testing::ElementsAre(7));
}

AIO_TEST(Pgetevents, WithoutASignalArgumentABlockedSignalStaysBlocked, "K121") {
  Context context = setup(8);
  io_event event;
  timespec timeout = timeout_of(0, 5 * kMillisecond);
  PendingSignal pending(backend(), SIGUSR2);
  EXPECT_THAT(io_pgetevents(context, 1, 1, &event, &timeout, nullptr), Returns(0));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 0);
}

AIO_TEST(Pgetevents, ANullMaskIgnoresItsSizeAndChangesNoMask, "K121") {
  Context context = setup(8);
  io_event event;
  timespec timeout = timeout_of(0, 5 * kMillisecond);
  SignalArgument argument{nullptr, 999};
  PendingSignal pending(backend(), SIGUSR2);
  EXPECT_THAT(io_pgetevents(context, 1, 1, &event, &timeout, &argument), Returns(0));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 0);
}

AIO_TEST(Pgetevents, TheArgumentAndItsMaskMayBeReadOnly, "K120") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  Pages page(1);
  const SignalArgument argument{page.data() + 64, 8};
  std::memcpy(page.data(), &argument, sizeof argument);
  page.protect(PROT_READ);
  EXPECT_THAT(io_pgetevents(context, 1, 1, &event, &soon, page.data()), Returns(0));
}

// ---- a pending signal that the temporary mask lets through ----

AIO_TEST(Pgetevents, AnUnblockedPendingSignalIsEintr, "K122") {
  Context context = setup(8);
  io_event event;
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument argument = argument_of(kBlockNothing);
  EXPECT_THAT(io_pgetevents(context, 1, 1, &event, nullptr, &argument), FailsWith(EINTR));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

AIO_TEST(Pgetevents, AnUnblockedPendingSignalIsEintrEvenWithMinZero, "K122") {
  Context context = setup(8);
  io_event event;
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument argument = argument_of(kBlockNothing);
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, nullptr, &argument), FailsWith(EINTR));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

AIO_TEST(Pgetevents, AnUnblockedPendingSignalIsEintrEvenWithAZeroTimeout, "K122") {
  Context context = setup(8);
  io_event event;
  timespec zero = timeout_of(0, 0);
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument argument = argument_of(kBlockNothing);
  EXPECT_THAT(io_pgetevents(context, 1, 1, &event, &zero, &argument), FailsWith(EINTR));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

AIO_TEST(Pgetevents, EventsWinOverTheSignalAndTheHandlerStillRuns, "K122") {
  Context context = setup(8);
  queue_events(backend(), context, 2, 1);
  std::array<io_event, 2> events;
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument argument = argument_of(kBlockNothing);
  EXPECT_THAT(io_pgetevents(context, 1, 2, events.data(), nullptr, &argument), Returns(2));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

AIO_TEST(Pgetevents, FewerEventsThanMinAndASignalGiveTheCount, "K122 K117") {
  Context context = setup(8);
  queue_events(backend(), context, 1, 1);
  std::array<io_event, 2> events;
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument argument = argument_of(kBlockNothing);
  EXPECT_THAT(io_pgetevents(context, 2, 2, events.data(), nullptr, &argument), Returns(1));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

AIO_TEST(Pgetevents, TheOldMaskIsBackAfterwards, "K122") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument argument = argument_of(kBlockNothing);
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, &soon, &argument), FailsWith(EINTR));
  backend().raise_signal(SIGUSR2);
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
  EXPECT_THAT(io_getevents(context, 0, 1, &event, &soon), Returns(0));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

AIO_TEST(Pgetevents, AMaskThatKeepsTheSignalBlockedChangesNothing, "K122") {
  Context context = setup(8);
  io_event event;
  timespec timeout = timeout_of(0, 5 * kMillisecond);
  PendingSignal pending(backend(), SIGUSR2);
  const Mask mask = Mask{1} << (SIGUSR2 - 1);
  SignalArgument argument = argument_of(mask);
  EXPECT_THAT(io_pgetevents(context, 1, 1, &event, &timeout, &argument), Returns(0));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 0);
}

AIO_TEST(Pgetevents, TheTemporaryMaskCanBlockASignalDuringTheWait, "K122") {
  Context context = setup(8);
  io_event event;
  timespec timeout = timeout_of(0, 5 * kMillisecond);
  SignalArgument argument = argument_of(kBlockAll);
  EXPECT_THAT(io_pgetevents(context, 1, 1, &event, &timeout, &argument), Returns(0));
  backend().raise_signal(SIGUSR2);
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

AIO_TEST(Pgetevents, ABadContextDeliversTheUnblockedSignalAllTheSame, "K123") {
  io_event event;
  timespec soon = at_once();
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument argument = argument_of(kBlockNothing);
  EXPECT_THAT(io_pgetevents(0, 0, 1, &event, &soon, &argument), FailsWith(EINVAL));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

AIO_TEST(Pgetevents, MinAboveNrDeliversTheUnblockedSignalAllTheSame, "K123") {
  Context context = setup(8);
  io_event event;
  timespec soon = at_once();
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument argument = argument_of(kBlockNothing);
  EXPECT_THAT(io_pgetevents(context, 2, 1, &event, &soon, &argument), FailsWith(EINVAL));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 1);
}

AIO_TEST(Pgetevents, AnUnreadableTimeoutDeliversNothing, "K123 K120") {
  Context context = setup(8);
  io_event event;
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument argument = argument_of(kBlockNothing);
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, unreadable_timeout(), &argument),
              FailsWith(EFAULT));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 0);
}

AIO_TEST(Pgetevents, ABadMaskSizeDeliversNothing, "K123 K120") {
  Context context = setup(8);
  io_event event;
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument seven{&kBlockNothing, 7};
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, nullptr, &seven), FailsWith(EINVAL));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 0);
}

AIO_TEST(Pgetevents, AnUnreadableMaskDeliversNothing, "K123 K120") {
  Context context = setup(8);
  io_event event;
  PendingSignal pending(backend(), SIGUSR2);
  SignalArgument argument{unmapped_address(), 8};
  EXPECT_THAT(io_pgetevents(context, 0, 1, &event, nullptr, &argument), FailsWith(EFAULT));
  EXPECT_EQ(backend().signals_handled(SIGUSR2), 0);
}

// ---- asleep ----

AIO_TEST(Pgetevents, ASignalInterruptsTheSleep, "K119 K122") {
  Context context = setup(8);
  io_event event;
  SignalArgument argument = argument_of(kBlockNothing);
  for (bool restart : {false, true}) {
    CALL_MAY_SLEEP(waiter, [&](Backend& b) {
      return b.io_pgetevents(context, 1, 1, &event, nullptr, &argument);
    });
    EXPECT_TRUE(waiter->blocked());
    waiter->interrupt(restart);
    EXPECT_THAT(waiter->finish(), FailsWith(EINTR));
  }
}

AIO_TEST(Pgetevents, ASleeperTakesTheEventThatComes, "K121 K106") {
  Context context = setup(8);
  io_event event;
  SignalArgument argument = argument_of(kBlockNothing);
  CALL_MAY_SLEEP(waiter, [&](Backend& b) {
    return b.io_pgetevents(context, 1, 1, &event, nullptr, &argument);
  });
  EXPECT_TRUE(waiter->blocked());
  queue_events(backend(), context, 1, 5);
  EXPECT_THAT(waiter->finish(), Returns(1));
  EXPECT_EQ(event.data, 5u);
}

AIO_TEST(Pgetevents, DestroyWakesASleeperWithEinval, "K124") {
  Context context = setup(8);
  io_event event;
  SignalArgument argument = argument_of(kBlockAll);
  CALL_MAY_SLEEP(waiter, [&](Backend& b) {
    return b.io_pgetevents(context, 1, 1, &event, nullptr, &argument);
  });
  EXPECT_TRUE(waiter->blocked());
  EXPECT_THAT(io_destroy(context), Returns(0));
  forget(context);
  EXPECT_THAT(waiter->finish(), FailsWith(EINVAL));
}

// What a child that stops itself reports.
enum StopResult { kGood = 0, kNotPossible = 1, kNoContext = 2, kTooBusy = 3, kEndedEarly = 4 };

// Sleeps for `patience`, is stopped and continued halfway, and must sleep that long once more.
StopResult stop_halfway(Backend& backend, Context context, std::int64_t patience) {
  io_event event;
  timespec timeout = timeout_of(0, patience);
  const std::int64_t begin = backend.now_ns();
  auto waiter = backend.start(
      [&](Backend& b) { return b.io_pgetevents(context, 1, 1, &event, &timeout, nullptr); });
  if (!waiter) return kNotPossible;
  waiter->blocked();
  while (backend.now_ns() < begin + patience / 2) backend.breathe();
  const std::int64_t stop = backend.now_ns();
  const bool stopped = waiter->disturb(Disturbance::stop_and_continue);
  const bool sleeps_on = waiter->blocked();
  const long result = waiter->finish();
  if (!stopped) return kNotPossible;
  if (!sleeps_on) return result == 0 ? kTooBusy : kEndedEarly;
  return result == 0 && backend.now_ns() - stop >= patience ? kGood : kEndedEarly;
}

// In a child, so that no shell sees its job stop. On a busy machine the sleep may be over before
// the stop: then once more, longer.
int stop_and_time_a_sleeper(Backend& backend) {
  Context context = 0;
  if (backend.io_setup(8, &context) != 0) return kNoContext;
  StopResult result = kTooBusy;
  for (std::int64_t patience = 100 * kMillisecond; patience < kSecond && result == kTooBusy;
       patience *= 2) {
    result = stop_halfway(backend, context, patience);
  }
  return result;
}

AIO_TEST(Pgetevents, StopAndContinueRestartsTheWholeTimeout, "K119") {
  if (!facts().can_fork) NOT_APPLICABLE("no processes here");
  const int result =
      backend().in_fork([](Backend& child) { return stop_and_time_a_sleeper(child); });
  if (result == kNotPossible) NOT_APPLICABLE("a process cannot be stopped here");
  if (result == kTooBusy) BROKEN("the machine is too busy to stop a sleeper in time");
  EXPECT_EQ(result, kGood);
}

}  // namespace
}  // namespace conformance
