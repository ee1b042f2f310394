// Ordinals of threads, by their first call into an address space. The same in each run of a program
// whose threads come in the same order, unlike thread ids.
#pragma once

#include <atomic>
#include <cstdint>

namespace aioemu::host {

class ThreadOrdinals {
 public:
  ThreadOrdinals() noexcept : key_(next_key().fetch_add(1, std::memory_order_relaxed) + 1) {}

  // The calling thread's, from 0. With the address space's lock held.
  [[nodiscard]] std::uint32_t mine() noexcept {
    Known* const known = known_here();
    for (std::uint32_t i = 0; i < kMost; ++i) {
      if (known[i].key == key_) return known[i].ordinal;
    }
    return enrol(known);
  }

 private:
  // What a thread remembers: of the address spaces it has called, the newest few. A number does
  // not do for a key that a fork child could meet again, so keys are only ever given out once.
  struct Known {
    std::uint64_t key;
    std::uint32_t ordinal;
  };
  static constexpr std::uint32_t kMost = 4;

  static std::atomic<std::uint64_t>& next_key() noexcept {
    static std::atomic<std::uint64_t> next{0};
    return next;
  }
  static Known* known_here() noexcept {
    static thread_local Known known[kMost] __attribute__((tls_model("initial-exec"))) = {};
    return known;
  }
  std::uint32_t enrol(Known* known) noexcept {
    for (std::uint32_t i = kMost - 1; i > 0; --i) known[i] = known[i - 1];
    known[0] = {key_, next_++};
    return known[0].ordinal;
  }

  const std::uint64_t key_;
  std::uint32_t next_ = 0;
};

}  // namespace aioemu::host
