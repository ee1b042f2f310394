// Identities: ordinals of contexts and of their submits, for fault decisions. The same in each run
// of the same program, unlike addresses.
#pragma once

#include <cstdint>

#include "core/ports.h"
#include "fault/injector.h"

namespace aioemu::core {
class Context;
}

namespace aioemu::host {

// Threading: the address space's lock.
class Identities {
 public:
  explicit Identities(core::KernelMemory& pages) noexcept : pages_(pages) {}

  // The identity of the next io_submit on `context`; a context gets its ordinal with its first.
  [[nodiscard]] fault::Identity next(const core::Context* context, std::uint64_t process) noexcept;
  // The context is gone; another may come to lie at the same address.
  void forget(const core::Context* context) noexcept;

 private:
  struct Entry {
    const core::Context* context;
    std::uint64_t ordinal;
    std::uint64_t submits;
    Entry* next;
  };

  core::KernelMemory& pages_;
  Entry* first_ = nullptr;
  std::uint64_t next_ordinal_ = 0;
};

}  // namespace aioemu::host
