// old_abi: bound to io_getevents@LIBAIO_0.1 (four arguments) and io_cancel@LIBAIO_0.1 (two), as a
// program built against the first libaio is. Status 0: both did what they did then.
#include <fcntl.h>
#include <linux/aio_abi.h>

#include <cerrno>
#include <ctime>

__asm__(".symver getevents_0_1, io_getevents@LIBAIO_0.1");
__asm__(".symver cancel_0_1, io_cancel@LIBAIO_0.1");
extern "C" {
int io_queue_init(int nr_events, aio_context_t* ctx);
int io_submit(aio_context_t ctx, long nr, iocb** iocbs);
int io_queue_release(aio_context_t ctx);
int getevents_0_1(aio_context_t ctx, long nr, io_event* events, const timespec* timeout);
int cancel_0_1(aio_context_t ctx, iocb* request);
}

int main() {
  aio_context_t ctx = 0;
  if (io_queue_init(4, &ctx) != 0) return 2;
  char byte = 1;
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_PREAD;
  request.aio_fildes = static_cast<__u32>(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  request.aio_buf = reinterpret_cast<__u64>(&byte);
  request.aio_nbytes = 1;
  iocb* batch[] = {&request};
  errno = 77;
  if (io_submit(ctx, 1, batch) != 1) return 3;
  // It returned -errno and left errno alone, and it read the two arguments it was given.
  if (cancel_0_1(ctx, &request) != -EINVAL || errno != 77) return 4;
  io_event event{};
  if (getevents_0_1(ctx, 1, &event, nullptr) != 1 || event.res != 1 || byte != 0) return 5;
  return io_queue_release(ctx) == 0 ? 0 : 6;
}
