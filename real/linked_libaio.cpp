// libaio.a in a static program. libaio.h and linux/aio_abi.h both define iocb, so the names are
// declared here, with the kernel's structures.
#include "real/system_libaio.h"

extern "C" {
int io_setup(int nr_events, void** context);
int io_destroy(void* context);
int io_submit(void* context, long nr, iocb** iocbs);
int io_getevents(void* context, long min_nr, long nr, io_event* events, timespec* timeout);
int io_cancel(void* context, iocb* request, io_event* result);
int io_pgetevents(void* context, long min_nr, long nr, io_event* events, timespec* timeout,
                  sigset_t* mask);
}

namespace real {

const LibaioFunctions& linked_libaio() {
  static const LibaioFunctions functions{::io_setup,     ::io_destroy, ::io_submit,
                                         ::io_getevents, ::io_cancel,  ::io_pgetevents};
  return functions;
}

}  // namespace real
