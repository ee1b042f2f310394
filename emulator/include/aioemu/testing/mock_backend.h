// MockBackend: the six calls as gmock methods that do what a World or a Runtime does, until a test
// says otherwise.
//
//   aioemu::World world;
//   ::testing::NiceMock<aioemu::testing::MockBackend> aio(world);
//   EXPECT_CALL(aio, io_submit).Times(2);                                     // counted, and done
//   EXPECT_CALL(aio, io_destroy).WillOnce(::testing::Return(-EINVAL));       // instead
//   code_under_test(aio, ctx);
//
// Code that calls libaio by name is served by it as well: aioemu::LibaioScope scope{aio}. To do
// both, call the delegate: world.io_submit(...), in an action of one's own.
//
// A fault plan says most things shorter. A mock is for what no plan says: "exactly two calls", "the
// third argument is 8", a result that depends on a call before.
//
// Threading: as gmock's, and as the delegate's.
#pragma once

#include <gmock/gmock.h>

#include "aioemu/six_calls.h"

namespace aioemu::testing {

class MockBackend : public SixCalls {
 public:
  // Delegates to `server`, a World, a Runtime or another SixCalls, which outlives it.
  template <typename Server>
  explicit MockBackend(Server& server) {
    ON_CALL(*this, io_setup).WillByDefault([&server](unsigned nr_events, aio_context_t* ctx) {
      return server.io_setup(nr_events, ctx);
    });
    ON_CALL(*this, io_destroy).WillByDefault([&server](aio_context_t ctx) {
      return server.io_destroy(ctx);
    });
    ON_CALL(*this, io_submit).WillByDefault([&server](aio_context_t ctx, long nr, iocb** iocbs) {
      return server.io_submit(ctx, nr, iocbs);
    });
    ON_CALL(*this, io_getevents)
        .WillByDefault([&server](aio_context_t ctx, long min_nr, long nr, io_event* events,
                                 const timespec* timeout) {
          return server.io_getevents(ctx, min_nr, nr, events, timeout);
        });
    ON_CALL(*this, io_pgetevents)
        .WillByDefault([&server](aio_context_t ctx, long min_nr, long nr, io_event* events,
                                 const timespec* timeout, const void* usig) {
          return server.io_pgetevents(ctx, min_nr, nr, events, timeout, usig);
        });
    ON_CALL(*this, io_cancel)
        .WillByDefault([&server](aio_context_t ctx, iocb* request, io_event* result) {
          return server.io_cancel(ctx, request, result);
        });
  }

  MOCK_METHOD(long, io_setup, (unsigned nr_events, aio_context_t* ctx), (override));
  MOCK_METHOD(long, io_destroy, (aio_context_t ctx), (override));
  MOCK_METHOD(long, io_submit, (aio_context_t ctx, long nr, iocb** iocbs), (override));
  MOCK_METHOD(long, io_getevents,
              (aio_context_t ctx, long min_nr, long nr, io_event* events, const timespec* timeout),
              (override));
  MOCK_METHOD(long, io_pgetevents,
              (aio_context_t ctx, long min_nr, long nr, io_event* events, const timespec* timeout,
               const void* usig),
              (override));
  MOCK_METHOD(long, io_cancel, (aio_context_t ctx, iocb* request, io_event* result), (override));
};

}  // namespace aioemu::testing
