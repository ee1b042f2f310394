// What a conformance test is written with.
//
//   AIO_TEST(Submit, NegativeCountIsEinval, "K32") {
//     Context context = setup(8);
//     EXPECT_THAT(io_submit(context, -1, nullptr), FailsWith(EINVAL));
//   }
//
// A test is a sentence: condition and outcome in the name, the rule ids it covers as the third
// argument (several with spaces), the exact expectation in the body. It runs once on each chosen
// backend. `area` is a fixture declared with AIO_AREA(area) in the same file.
//
// Expectations: Returns(n) exactly; FailsWith(EINVAL); OneOf({...}, "why both are right");
// where nothing is promised, say UNSPECIFIED("what and why") and assert nothing about it.
//
// Verdicts: pass; fail; broken (BROKEN("quota is gone"): nothing can be said); not applicable
// (NOT_APPLICABLE("no terminals here")), which is a failure on an available backend unless the
// ledger has a line for it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "conformance/backend.h"
#include "conformance/matchers.h"
#include "conformance/memory.h"
#include "conformance/registry.h"

namespace conformance {

// The base of every area's fixture: the verbs of the tests.
class ConformanceTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override;
  void TearDown() override;

  // The backend under test.
  Backend& backend() { return *backend_; }
  Files& files() { return backend_->files(); }
  const Facts& facts() { return backend_->facts(); }

  // The six calls, short.
  long io_setup(std::uint64_t nr, Context* context) { return backend_->io_setup(nr, context); }
  long io_destroy(Context context) { return backend_->io_destroy(context); }
  long io_submit(Context context, long nr, iocb** iocbs) {
    return backend_->io_submit(context, nr, iocbs);
  }
  long io_getevents(Context context, long min_nr, long nr, io_event* events,
                    timespec* timeout = nullptr) {
    return backend_->io_getevents(context, min_nr, nr, events, timeout);
  }
  long io_pgetevents(Context context, long min_nr, long nr, io_event* events, timespec* timeout,
                     const void* usig) {
    return backend_->io_pgetevents(context, min_nr, nr, events, timeout, usig);
  }
  long io_cancel(Context context, iocb* request, io_event* result) {
    return backend_->io_cancel(context, request, result);
  }

  // A context for `nr` events, destroyed after the test if the test does not. BROKEN (an
  // exception that ends the test) when the machine's quota is gone.
  Context setup(unsigned nr = 8);
  // The test destroyed it itself, or wants it left alone.
  void forget(Context context);
  // Submits one iocb: the call's result.
  long submit(Context context, iocb& request);
  // Submits several: the call's result.
  long submit_all(Context context, std::vector<iocb*> requests);
  // Reaps exactly `n` events, waiting up to ten seconds for each; fails the test and returns what
  // there was when there are fewer.
  std::vector<io_event> reap(Context context, std::size_t n);
  // The one event that `request` completes with: submit (must return 1) and reap.
  io_event complete(Context context, iocb& request);
  // Reaps what is there now, without waiting.
  std::vector<io_event> drain(Context context, long at_most = 1024);
  // The slot capacity of a fresh context with `ring_nr` ring entries when one CPU submits (K96).
  long capacity(std::uint32_t ring_nr);

 private:
  Backend* backend_ = nullptr;
  std::vector<Context> contexts_;
};

// ---- iocbs, all fields zero but those named ----
iocb make_iocb(int opcode, int fd, const void* buffer, std::uint64_t nbytes, std::int64_t offset,
               std::uint64_t data = 0);
iocb pread_of(int fd, void* buffer, std::uint64_t nbytes, std::int64_t offset,
              std::uint64_t data = 0);
iocb pwrite_of(int fd, const void* buffer, std::uint64_t nbytes, std::int64_t offset,
               std::uint64_t data = 0);
iocb poll_of(int fd, std::uint64_t events, std::uint64_t data = 0);
iocb fsync_of(int fd, std::uint64_t data = 0);
// Adds IOCB_FLAG_RESFD.
iocb with_eventfd(iocb request, int eventfd);

timespec timeout_of(std::int64_t seconds, std::int64_t nanoseconds);

}  // namespace conformance

// Declares the fixture of an area, and runs its tests on every chosen backend. Once per area: in
// the file that holds its tests. When several files share an area, all of them (or one header)
// say AIO_AREA_FIXTURE, and exactly one says AIO_AREA_INSTANCE as well.
#define AIO_AREA(area)    \
  AIO_AREA_FIXTURE(area); \
  AIO_AREA_INSTANCE(area)
#define AIO_AREA_FIXTURE(area) \
  class area : public ::conformance::ConformanceTest {}
#define AIO_AREA_INSTANCE(area)                                         \
  INSTANTIATE_TEST_SUITE_P(                                             \
      Aio, area, ::testing::ValuesIn(::conformance::chosen_backends()), \
      [](const auto& chosen) { return ::conformance::test_suffix(chosen.param); })

// One test. `rules` is a string literal of rule ids.
#define AIO_TEST(area, name, rules)                                                                \
  static const ::conformance::TestRecord aio_record_##area##_##name{#area, #name, rules, __FILE__, \
                                                                    __LINE__};                     \
  TEST_P(area, name)
// The same for a test that takes more than half a second by its nature: --quick leaves it out.
#define AIO_SLOW_TEST(area, name, rules)                                                       \
  static const ::conformance::TestRecord aio_record_##area##_##name{#area,    #name,    rules, \
                                                                    __FILE__, __LINE__, true}; \
  TEST_P(area, name)

// Ends the test with that verdict.
#define NOT_APPLICABLE(reason) return ::conformance::record_not_applicable(reason)
#define BROKEN(reason) return ::conformance::record_broken(reason)
// Declares `pending`, a running call that may sleep; ends the test as not applicable where the
// backend cannot do that. The rest of the line is the call:
//   CALL_MAY_SLEEP(waiter, [&](Backend& b) { return b.io_getevents(context, 1, 1, &event, 0); });
#define CALL_MAY_SLEEP(pending, ...)                                                  \
  std::unique_ptr<::conformance::PendingCall> pending = backend().start(__VA_ARGS__); \
  if (!pending) NOT_APPLICABLE("this call cannot sleep apart from the test here")
// Nothing is promised about this; the reason goes into the report.
#define UNSPECIFIED(reason) ::conformance::record_unspecified(reason)
