#include "preload/trap_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

#include "base/check.h"
#include "memory/raw_syscall.h"
#include "memory/signal_action.h"

namespace aioemu::preload {
namespace {

using memory::raw_syscall;

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kX32Bit = 0x40000000;
#else
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#endif

constexpr unsigned kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr unsigned kReturn = BPF_RET | BPF_K;

// Both machines store the low half first.
constexpr std::size_t low_half(std::size_t argument) noexcept {
  return offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t);
}
constexpr std::size_t high_half(std::size_t argument) noexcept {
  return low_half(argument) + sizeof(std::uint32_t);
}

constexpr std::array<long, 6> kAioCalls = {SYS_io_setup,  SYS_io_destroy,   SYS_io_submit,
                                           SYS_io_cancel, SYS_io_getevents, SYS_io_pgetevents};

long set_filter(const sock_fprog& program, unsigned long flags) noexcept {
  return raw_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

}  // namespace

TrapFilter::TrapFilter(const FilterOptions& options) noexcept {
  add_prologue();
  for (const long number : kAioCalls) {
    unless_equal(static_cast<std::size_t>(number), 1);
    add(kReturn, SECCOMP_RET_TRAP);
  }
  if (options.no_io_uring) {
    unless_equal(SYS_io_uring_setup, 1);
    add(kReturn, SECCOMP_RET_ERRNO | ENOSYS);
  }
  add_sigsys_guard();
  add(kReturn, SECCOMP_RET_ALLOW);
}

void TrapFilter::add_prologue() noexcept {
  add(kLoad, offsetof(seccomp_data, arch));
  add(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture);
  code_[length_ - 1].jt = 1;
  add(kReturn, SECCOMP_RET_ALLOW);
  add(kLoad, offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  add(BPF_JMP | BPF_JGE | BPF_K, kX32Bit);
  code_[length_ - 1].jf = 1;
  add(kReturn, SECCOMP_RET_ALLOW);
#endif
}

// The number is loaded. What is not for this guard falls out at its end.
void TrapFilter::add_sigsys_guard() noexcept {
  constexpr auto kMarkLow = static_cast<std::uint32_t>(memory::kOwnCallMark);
  constexpr auto kMarkHigh = static_cast<std::uint32_t>(memory::kOwnCallMark >> 32U);
  unless_equal(SYS_rt_sigaction, 11);
  add(kLoad, low_half(0));
  unless_equal(SIGSYS, 9);
  add(kLoad, low_half(1));
  unless_equal(0, 2);
  add(kLoad, high_half(1));
  unless_equal(0, 0);
  code_[length_ - 1].jt = 5;  // no new action: a question
  add(kLoad, low_half(4));
  unless_equal(kMarkLow, 2);
  add(kLoad, high_half(4));
  unless_equal(kMarkHigh, 0);
  code_[length_ - 1].jt = 1;
  add(kReturn, SECCOMP_RET_ERRNO | 0);
}

void TrapFilter::add(unsigned code, std::size_t operand) noexcept {
  AIOEMU_CHECK(length_ < kMost);
  code_[length_++] = {static_cast<std::uint16_t>(code), 0, 0, static_cast<std::uint32_t>(operand)};
}

void TrapFilter::unless_equal(std::size_t value, std::size_t instructions) noexcept {
  add(BPF_JMP | BPF_JEQ | BPF_K, value);
  code_[length_ - 1].jf = static_cast<std::uint8_t>(instructions);
}

int TrapFilter::install() const noexcept {
  const sock_fprog program{static_cast<unsigned short>(length_),
                           const_cast<sock_filter*>(code_.data())};
  long result = set_filter(program, SECCOMP_FILTER_FLAG_TSYNC);
  if (result == -EACCES) {
    raw_syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    result = set_filter(program, SECCOMP_FILTER_FLAG_TSYNC);
  }
  // Another thread has filters of its own already.
  if (result > 0) result = set_filter(program, 0);
  return static_cast<int>(-result);
}

}  // namespace aioemu::preload
