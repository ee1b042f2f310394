// What libaio itself does around the six calls, as libaio 0.3.113 does it.
//
// libaio is thin: it turns a result into -errno without touching errno, answers one question from
// the ring without asking the kernel (K144), and has four old io_queue_* functions that are made of
// the six calls. Whoever exports libaio's names puts these functions behind them; who serves the
// calls is the caller's business.
//
// Threading: as the server's. errno: as it was, whatever happens. Exceptions: only what the server
// or a callback throws.
#pragma once

#include <linux/aio_abi.h>
#include <time.h>

namespace aioemu::libaio_names {

// Who serves the six calls. Results as libaio's: 0 or a count, or -errno.
class Server {
 public:
  virtual long io_setup(unsigned nr_events, aio_context_t* ctx) = 0;
  virtual long io_destroy(aio_context_t ctx) = 0;
  virtual long io_submit(aio_context_t ctx, long nr, iocb** iocbs) = 0;
  virtual long io_cancel(aio_context_t ctx, iocb* request, io_event* result) = 0;
  virtual long io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                            timespec* timeout) = 0;
  // `usig` as the raw system call wants it: address of {mask address, mask size}.
  virtual long io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                             timespec* timeout, const void* usig) = 0;

 protected:
  ~Server() = default;
};

// A Server out of anything with members of these names: a World, a Runtime.
template <typename Calls>
class ServerOf final : public Server {
 public:
  explicit ServerOf(Calls& calls) : calls_(calls) {}
  long io_setup(unsigned nr_events, aio_context_t* ctx) override {
    return calls_.io_setup(nr_events, ctx);
  }
  long io_destroy(aio_context_t ctx) override { return calls_.io_destroy(ctx); }
  long io_submit(aio_context_t ctx, long nr, iocb** iocbs) override {
    return calls_.io_submit(ctx, nr, iocbs);
  }
  long io_cancel(aio_context_t ctx, iocb* request, io_event* result) override {
    return calls_.io_cancel(ctx, request, result);
  }
  long io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                    timespec* timeout) override {
    return calls_.io_getevents(ctx, min_nr, nr, events, timeout);
  }
  long io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events, timespec* timeout,
                     const void* usig) override {
    return calls_.io_pgetevents(ctx, min_nr, nr, events, timeout, usig);
  }

 private:
  Calls& calls_;
};

// ---- the calls, with libaio's signatures ----
int io_setup(Server& server, int nr_events, aio_context_t* ctx);
int io_destroy(Server& server, aio_context_t ctx);
int io_submit(Server& server, aio_context_t ctx, long nr, iocb** iocbs);
int io_cancel(Server& server, aio_context_t ctx, iocb* request, io_event* result);
// Both return 0 without asking the server when the ring at `ctx` is one (by its magic), empty, and
// `timeout` is zero: no argument is checked then (K144). `ctx` is read through unless it is 0.
int io_getevents(Server& server, aio_context_t ctx, long min_nr, long nr, io_event* events,
                 timespec* timeout);
int io_pgetevents(Server& server, aio_context_t ctx, long min_nr, long nr, io_event* events,
                  timespec* timeout, const void* sigmask);

// ---- io_queue_* ----
// EINVAL unless `nr_events` is positive; stores 0 in *ctx first, so that an uninitialised one is
// no error.
int io_queue_init(Server& server, int nr_events, aio_context_t* ctx);
int io_queue_release(Server& server, aio_context_t ctx);
// Reaps one event at a time without waiting, and calls each event's data as
// void (*)(aio_context_t, iocb*, long res, long res2), until there is none (0) or an error.
int io_queue_run(Server& server, aio_context_t ctx);
// Asks for no event, and so never waits, whatever the timeout.
int io_queue_wait(Server& server, aio_context_t ctx, timespec* timeout);

// ---- signatures of LIBAIO_0.1 ----
// The event that io_cancel would fill is thrown away.
int io_cancel_0_1(Server& server, aio_context_t ctx, iocb* request);
// min_nr is 1.
int io_getevents_0_1(Server& server, aio_context_t ctx, long nr, io_event* events,
                     const timespec* timeout);
int io_queue_wait_0_1(Server& server, aio_context_t ctx, const timespec* timeout);

}  // namespace aioemu::libaio_names
