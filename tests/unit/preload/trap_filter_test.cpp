// What the seccomp filter says about each call, by reading its program as the kernel does.
#include "preload/trap_filter.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "memory/signal_action.h"

namespace aioemu::preload {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kOwn = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t kOwn = AUDIT_ARCH_AARCH64;
#endif
constexpr std::uint32_t kTrapped = SECCOMP_RET_TRAP;
constexpr std::uint32_t kAllowed = SECCOMP_RET_ALLOW;
constexpr std::uint32_t kPretended = SECCOMP_RET_ERRNO;

// The few instructions of classic BPF that the filter is made of; nothing when it leaves its end.
std::optional<std::uint32_t> verdict(const TrapFilter& filter, const seccomp_data& data) {
  std::uint32_t loaded = 0;
  for (const sock_filter* at = filter.begin(); at < filter.end(); ++at) {
    switch (at->code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&loaded, reinterpret_cast<const char*>(&data) + at->k, sizeof loaded);
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += loaded == at->k ? at->jt : at->jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += loaded >= at->k ? at->jt : at->jf;
        break;
      case BPF_RET | BPF_K:
        return at->k;
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

seccomp_data call(long number) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = kOwn;
  return data;
}

seccomp_data set_action(int signal, std::uint64_t next, std::uint64_t mark = 0) {
  seccomp_data data = call(SYS_rt_sigaction);
  data.args[0] = static_cast<unsigned>(signal);
  data.args[1] = next;
  data.args[4] = mark;
  return data;
}

class Filter : public testing::Test {
 protected:
  const TrapFilter filter_{FilterOptions{}};
  const TrapFilter hiding_{FilterOptions{true}};
};

TEST_F(Filter, TrapsTheSixCalls) {
  for (const long number : {SYS_io_setup, SYS_io_destroy, SYS_io_submit, SYS_io_cancel,
                            SYS_io_getevents, SYS_io_pgetevents}) {
    EXPECT_EQ(verdict(filter_, call(number)), kTrapped) << number;
    EXPECT_EQ(verdict(hiding_, call(number)), kTrapped) << number;
  }
}

TEST_F(Filter, LetsEveryOtherNumberPass) {
  for (long number = 0; number < 600; ++number) {
    const bool aio = number == SYS_io_setup || number == SYS_io_destroy ||
                     number == SYS_io_submit || number == SYS_io_cancel ||
                     number == SYS_io_getevents || number == SYS_io_pgetevents;
    if (!aio) {
      EXPECT_EQ(verdict(filter_, call(number)), kAllowed) << number;
    }
  }
  EXPECT_EQ(verdict(filter_, call(-1)), kAllowed);
}

TEST_F(Filter, LetsOtherArchitecturesPass) {
  for (const auto arch : {std::uint32_t{AUDIT_ARCH_I386}, std::uint32_t{AUDIT_ARCH_ARM}}) {
    seccomp_data data = call(SYS_io_setup);
    data.arch = arch;
    EXPECT_EQ(verdict(filter_, data), kAllowed) << arch;
  }
}

#if defined(__x86_64__)
TEST_F(Filter, LetsX32Pass) {
  EXPECT_EQ(verdict(filter_, call(0x40000000 | SYS_io_setup)), kAllowed);
}
#endif

TEST_F(Filter, OnlyPretendsToChangeTheActionForSigsys) {
  EXPECT_EQ(verdict(filter_, set_action(SIGSYS, 0x1000)), kPretended);
  // An address above 4 GiB, of which one half is zero.
  EXPECT_EQ(verdict(filter_, set_action(SIGSYS, 0x700000000000)), kPretended);
}

TEST_F(Filter, LetsAQuestionAboutSigsysPass) {
  EXPECT_EQ(verdict(filter_, set_action(SIGSYS, 0)), kAllowed);
}

TEST_F(Filter, LetsOurOwnChangePass) {
  EXPECT_EQ(verdict(filter_, set_action(SIGSYS, 0x1000, memory::kOwnCallMark)), kAllowed);
}

TEST_F(Filter, WantsTheWholeMark) {
  for (const std::uint64_t half : {memory::kOwnCallMark & 0xffffffff, memory::kOwnCallMark >> 32}) {
    EXPECT_EQ(verdict(filter_, set_action(SIGSYS, 0x1000, half)), kPretended);
    EXPECT_EQ(verdict(filter_, set_action(SIGSYS, 0x1000, half << 32)), kPretended);
  }
}

TEST_F(Filter, LetsOtherSignalsPass) {
  for (int signal = 1; signal <= 64; ++signal) {
    if (signal == SIGSYS) continue;
    EXPECT_EQ(verdict(filter_, set_action(signal, 0x1000)), kAllowed) << signal;
  }
}

TEST_F(Filter, HidesIoUringOnlyWhenAsked) {
  EXPECT_EQ(verdict(filter_, call(SYS_io_uring_setup)), kAllowed);
  EXPECT_EQ(verdict(hiding_, call(SYS_io_uring_setup)), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(verdict(hiding_, call(SYS_io_uring_enter)), kAllowed);
  EXPECT_EQ(verdict(hiding_, set_action(SIGSYS, 0x1000)), kPretended);
}

}  // namespace
}  // namespace aioemu::preload
