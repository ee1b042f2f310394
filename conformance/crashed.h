// A library call that died of a signal, as a result: what a backend gives when the implementation
// under test touches bad memory itself (libaio reads the ring before it calls the kernel, K144).
// No system call returns such a number.
#pragma once

namespace conformance {

inline constexpr long kCrashBase = -100000;

constexpr long crash_result(int signal) { return kCrashBase - signal; }
constexpr bool is_crash(long result) { return result < kCrashBase && result >= kCrashBase - 64; }
constexpr int crash_signal(long result) { return static_cast<int>(kCrashBase - result); }

}  // namespace conformance
