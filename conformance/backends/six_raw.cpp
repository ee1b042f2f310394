#include "conformance/backends/six_calls.h"
#include "real/raw_calls.h"

namespace conformance {
namespace {

class RawCalls final : public SixCalls {
 public:
  long io_setup(std::uint64_t nr_events, Context* context) override {
    return real::io_setup(nr_events, context);
  }
  long io_destroy(Context context) override { return real::io_destroy(context); }
  long io_submit(Context context, long nr, iocb** iocbs) override {
    return real::io_submit(context, nr, iocbs);
  }
  long io_getevents(Context context, long min_nr, long nr, io_event* events,
                    timespec* timeout) override {
    return real::io_getevents(context, min_nr, nr, events, timeout);
  }
  long io_pgetevents(Context context, long min_nr, long nr, io_event* events, timespec* timeout,
                     const void* usig) override {
    return real::io_pgetevents(context, min_nr, nr, events, timeout, usig);
  }
  long io_cancel(Context context, iocb* request, io_event* result) override {
    return real::io_cancel(context, request, result);
  }
};

}  // namespace

std::unique_ptr<SixCalls> make_raw_calls() { return std::make_unique<RawCalls>(); }

}  // namespace conformance
