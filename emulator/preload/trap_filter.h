// The seccomp filter that makes inline system calls reach the emulator.
//
// A program that contains the system call instruction itself gets past every symbol. The filter
// makes the kernel send SIGSYS for the six numbers of AIO instead of carrying them out; trap.h has
// what happens then. A filter stays for good, in all that the process will ever start, so it says
// as little as possible:
//
//   the six numbers             SIGSYS. This beats any filter that denies them with an errno.
//   rt_sigaction of SIGSYS      changes nothing and says it did: without a handler, with the signal
//                               ignored, the next AIO call would kill the process. Asking for the
//                               action goes through, and so does a change that carries our mark.
//   io_uring_setup              ENOSYS, if that was asked for
//   another architecture, x32   goes through: their numbers mean something else
//   everything else             goes through
//
// It cannot look at the set of rt_sigprocmask, which is behind a pointer: a thread that blocks
// SIGSYS with a system call of its own and then uses AIO is killed by the kernel.
#pragma once

#include <linux/filter.h>

#include <array>
#include <cstddef>

namespace aioemu::preload {

struct FilterOptions {
  bool no_io_uring = false;
};

class TrapFilter {
 public:
  explicit TrapFilter(const FilterOptions& options) noexcept;

  // Puts the filter in force for all threads of this process; 0 or an errno. Where that is needed
  // the process gives up gaining privileges by execve (PR_SET_NO_NEW_PRIVS).
  [[nodiscard]] int install() const noexcept;

  [[nodiscard]] const sock_filter* begin() const noexcept { return code_.data(); }
  [[nodiscard]] const sock_filter* end() const noexcept { return code_.data() + length_; }

 private:
  static constexpr std::size_t kMost = 48;

  void add(unsigned code, std::size_t operand) noexcept;
  // Skips the next `instructions` unless the loaded word is `value`.
  void unless_equal(std::size_t value, std::size_t instructions) noexcept;
  void add_prologue() noexcept;
  void add_sigsys_guard() noexcept;

  std::array<sock_filter, kMost> code_{};
  std::size_t length_ = 0;
};

}  // namespace aioemu::preload
