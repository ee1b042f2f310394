// opener: finds libaio at run time with dlopen and dlsym, past every interposed name of it. Status
// 0: a read came through; 77: there is no libaio here.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/aio_abi.h>

#include <ctime>

namespace {

template <typename Function>
Function* find(void* library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library, name));
}

}  // namespace

int main() {
  void* library = dlopen("libaio.so.1", RTLD_NOW);
  if (library == nullptr) return 77;
  auto* setup = find<int(int, aio_context_t*)>(library, "io_setup");
  auto* submit = find<int(aio_context_t, long, iocb**)>(library, "io_submit");
  auto* getevents =
      find<int(aio_context_t, long, long, io_event*, timespec*)>(library, "io_getevents");
  aio_context_t ctx = 0;
  if (setup(4, &ctx) != 0) return 2;
  char byte = 1;
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_PREAD;
  request.aio_fildes = static_cast<__u32>(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  request.aio_buf = reinterpret_cast<__u64>(&byte);
  request.aio_nbytes = 1;
  iocb* batch[] = {&request};
  if (submit(ctx, 1, batch) != 1) return 3;
  io_event event{};
  if (getevents(ctx, 1, 1, &event, nullptr) != 1) return 4;
  return event.res == 1 && byte == 0 ? 0 : 5;
}
