// The six calls made with the instruction itself, past the C library: 0 or a count, or -errno.
#pragma once

#include <linux/aio_abi.h>
#include <sys/syscall.h>

#include <cstdint>
#include <ctime>

namespace program {

inline long inline_call(long number, long a, long b = 0, long c = 0, long d = 0, long e = 0,
                        long f = 0) {
  long result = number;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

template <typename T>
long word(T* pointer) {
  return static_cast<long>(reinterpret_cast<std::uintptr_t>(pointer));
}

inline long io_setup(unsigned nr, aio_context_t* ctx) {
  return inline_call(SYS_io_setup, static_cast<long>(nr), word(ctx));
}
inline long io_destroy(aio_context_t ctx) {
  return inline_call(SYS_io_destroy, static_cast<long>(ctx));
}
inline long io_submit(aio_context_t ctx, long nr, iocb** iocbs) {
  return inline_call(SYS_io_submit, static_cast<long>(ctx), nr, word(iocbs));
}
inline long io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                         timespec* timeout) {
  return inline_call(SYS_io_getevents, static_cast<long>(ctx), min_nr, nr, word(events),
                     word(timeout));
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

}  // namespace program
