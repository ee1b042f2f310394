// The files that a program can name. Each exists afresh when a program starts.
#pragma once

#include <cstddef>
#include <cstdint>

namespace conformance::program {

enum class FileName : std::uint8_t {
  minus1,  // -1
  closed,  // a number that nothing is open under
  rw,      // a regular file of 10,000 patterned bytes, O_RDWR
  ro,      // the same file, O_RDONLY
  wo,      // the same file, O_WRONLY
  append,  // the same file, O_RDWR | O_APPEND
  direct,  // another such file, O_RDWR | O_DIRECT
  memfd,   // 10,000 patterned bytes
  pipe_r,  // a pipe, both ends O_NONBLOCK
  pipe_w,
  block_r,  // a pipe whose ends block
  block_w,
  fifo,    // a FIFO opened O_RDWR | O_NONBLOCK: both ends in one
  sock_a,  // a pair of stream sockets, nonblocking
  sock_b,
  dgram_a,  // a pair of datagram sockets, nonblocking
  dgram_b,
  lone,       // a stream socket that is connected to nothing
  eventfd,    // 0, EFD_NONBLOCK
  semaphore,  // 3, EFD_NONBLOCK | EFD_SEMAPHORE
  timerfd,    // disarmed, TFD_NONBLOCK
  epoll,
  null,       // /dev/null
  zero,       // /dev/zero
  full,       // /dev/full
  directory,  // /tmp, O_RDONLY
  path,       // /tmp, O_PATH
  proc,       // /proc/self/stat
  dup0,       // nothing until the program makes a dup
  dup1,
};
inline constexpr std::size_t kFiles = 30;

// The word that text and messages use.
const char* name_of(FileName file);

}  // namespace conformance::program
