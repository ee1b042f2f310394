#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "conformance/backends/crash_guard.h"
#include "conformance/backends/six_calls.h"
#include "conformance/crashed.h"
#include "real/system_libaio.h"

namespace conformance {
namespace {

void* handle_of(Context context) { return reinterpret_cast<void*>(context); }

// The signal set that the raw call's argument points at. libaio builds that structure itself and
// wants only the set; an unreadable structure becomes an unreadable set, so that the kernel still
// sees a bad pointer.
sigset_t* set_of(const void* usig) {
  struct {
    sigset_t* set;
    std::size_t size;
  } copy{nullptr, 0};
  if (usig == nullptr) return nullptr;
  iovec here{&copy, sizeof(copy)};
  iovec there{const_cast<void*>(usig), sizeof(copy)};
  bool readable =
      process_vm_readv(getpid(), &here, 1, &there, 1, 0) == static_cast<ssize_t>(sizeof(copy));
  // qemu-user has no such call. Nor has it sanitizers, which would mind the look itself.
  if (!readable && errno == ENOSYS) {
    readable = !is_crash(guarded([&] {
      std::memcpy(&copy, usig, sizeof(copy));
      return 0L;
    }));
  }
  return readable ? copy.set : static_cast<sigset_t*>(const_cast<void*>(usig));
}

class LibraryCalls final : public SixCalls {
 public:
  explicit LibraryCalls(std::shared_ptr<const real::LibaioFunctions> library)
      : library_(std::move(library)) {}

  long io_setup(std::uint64_t nr_events, Context* context) override {
    return guarded([&] {
      return library_->io_setup(static_cast<int>(nr_events), reinterpret_cast<void**>(context));
    });
  }
  long io_destroy(Context context) override {
    return guarded([&] { return library_->io_destroy(handle_of(context)); });
  }
  long io_submit(Context context, long nr, iocb** iocbs) override {
    return guarded([&] { return library_->io_submit(handle_of(context), nr, iocbs); });
  }
  long io_getevents(Context context, long min_nr, long nr, io_event* events,
                    timespec* timeout) override {
    return guarded(
        [&] { return library_->io_getevents(handle_of(context), min_nr, nr, events, timeout); });
  }
  long io_pgetevents(Context context, long min_nr, long nr, io_event* events, timespec* timeout,
                     const void* usig) override {
    if (library_->io_pgetevents == nullptr) return -ENOSYS;
    sigset_t* set = set_of(usig);
    return guarded([&] {
      return library_->io_pgetevents(handle_of(context), min_nr, nr, events, timeout, set);
    });
  }
  long io_cancel(Context context, iocb* request, io_event* result) override {
    return guarded([&] { return library_->io_cancel(handle_of(context), request, result); });
  }

 private:
  std::shared_ptr<const real::LibaioFunctions> library_;
};

}  // namespace

std::unique_ptr<SixCalls> wrap_library(std::shared_ptr<const real::LibaioFunctions> library) {
  install_crash_guard();
  return std::make_unique<LibraryCalls>(std::move(library));
}

}  // namespace conformance
