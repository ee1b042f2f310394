// Keeping a thread on one CPU: slots cannot be stranded in another CPU's stash then (K97).
#pragma once

#include <sched.h>

#include <cstddef>

namespace conformance {

// The calling thread stays on the CPU that it runs on. False, and nothing happens, where that is
// not allowed.
inline bool stay_on_this_cpu() {
  const int cpu = sched_getcpu();
  if (cpu < 0) return false;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(cpu), &one);
  return sched_setaffinity(0, sizeof one, &one) == 0;
}

// The same while it lives, if it is wanted.
class OneCpu {
 public:
  explicit OneCpu(bool wanted = true) {
    changed_ = wanted && sched_getaffinity(0, sizeof before_, &before_) == 0 && stay_on_this_cpu();
  }
  ~OneCpu() {
    if (changed_) sched_setaffinity(0, sizeof before_, &before_);
  }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;

 private:
  cpu_set_t before_{};
  bool changed_ = false;
};

}  // namespace conformance
