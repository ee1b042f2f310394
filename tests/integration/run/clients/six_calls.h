// The six calls as most programs without libaio make them: through syscall(), -1 and errno.
#pragma once

#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>

namespace client {

inline long io_setup(unsigned nr, aio_context_t* ctx) { return syscall(SYS_io_setup, nr, ctx); }
inline long io_destroy(aio_context_t ctx) { return syscall(SYS_io_destroy, ctx); }
inline long io_submit(aio_context_t ctx, long nr, iocb** iocbs) {
  return syscall(SYS_io_submit, ctx, nr, iocbs);
}
inline long io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                         timespec* timeout) {
  return syscall(SYS_io_getevents, ctx, min_nr, nr, events, timeout);
}

inline iocb request(unsigned short opcode, int fd, void* buffer, std::uint64_t length,
                    std::int64_t offset) {
  iocb made{};
  made.aio_lio_opcode = opcode;
  made.aio_fildes = static_cast<std::uint32_t>(fd);
  made.aio_buf = reinterpret_cast<std::uint64_t>(buffer);
  made.aio_nbytes = length;
  made.aio_offset = offset;
  return made;
}

}  // namespace client
