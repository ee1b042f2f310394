// Identities: ordinals of contexts and of the calls on them, for fault decisions and records. The
// same in each run of the same program, unlike addresses.
#pragma once

#include <cstdint>

#include "core/ports.h"
#include "fault/injector.h"

namespace aioemu::core {
class Context;
}

namespace aioemu::host {

// Calls that are counted context by context, each kind by itself.
enum class Counted : std::uint8_t { submit, wait, cancel };

// Threading: the address space's lock.
class Identities {
 public:
  Identities(core::KernelMemory& pages, std::uint64_t process) noexcept
      : pages_(pages), process_(process) {}

  // The identity of an io_setup; `context` is the ordinal that it will have.
  [[nodiscard]] fault::Identity next_setup() const noexcept { return {process_, next_ordinal_}; }
  // Gives a new context its ordinal.
  void enrol(const core::Context* context) noexcept { static_cast<void>(entry_of(context)); }
  // The identity of the next call of that kind on `context`.
  [[nodiscard]] fault::Identity next(const core::Context* context, Counted call) noexcept;
  // That of the context alone.
  [[nodiscard]] fault::Identity of(const core::Context* context) noexcept;
  // The context is gone; another may come to lie at the same address.
  void forget(const core::Context* context) noexcept;

 private:
  struct Entry {
    const core::Context* context;
    std::uint64_t ordinal;
    std::uint64_t calls[3];
    Entry* next;
  };
  // Null when there is no memory.
  [[nodiscard]] Entry* entry_of(const core::Context* context) noexcept;

  core::KernelMemory& pages_;
  const std::uint64_t process_;
  Entry* first_ = nullptr;
  std::uint64_t next_ordinal_ = 0;
};

}  // namespace aioemu::host
