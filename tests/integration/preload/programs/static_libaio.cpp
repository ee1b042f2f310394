// static_libaio: a dynamic program into which libaio.a was linked. Status 0: a read came through.
#include <fcntl.h>
#include <linux/aio_abi.h>

#include <ctime>

extern "C" {
int io_queue_init(int nr_events, aio_context_t* ctx);
int io_submit(aio_context_t ctx, long nr, iocb** iocbs);
int io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events, timespec* timeout);
int io_queue_release(aio_context_t ctx);
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
  if (io_submit(ctx, 1, batch) != 1) return 3;
  io_event event{};
  if (io_getevents(ctx, 1, 1, &event, nullptr) != 1 || event.res != 1 || byte != 0) return 4;
  return io_queue_release(ctx) == 0 ? 0 : 5;
}
