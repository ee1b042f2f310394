// Environment: what a Runtime gets from the world around its address space.
//
// A Runtime that belongs to nobody (a C++ test) keeps these things itself. Under `aioemu run` they
// live in one mapping shared by the whole process tree (session.h): the quota, the rules and their
// counters, what the summary reports.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/ports.h"
#include "fault/injector.h"
#include "fault/plan.h"
#include "observe/observer.h"

namespace aioemu::host {

struct Counters;

// One address space's place in its environment. Everything it points at outlives the process.
struct Seat {
  core::System* system = nullptr;
  const fault::Injector* injector = nullptr;
  Counters* counters = nullptr;
  std::uint64_t process = 0;              // ordinal for fault::Identity: 0 is the first to use AIO
  observe::Observer* observer = nullptr;  // null: nobody looks on
  // When the run's first AIO call was, by the monotonic clock; 0 before it. Null: the address
  // space counts its time by itself.
  std::atomic<std::uint64_t>* began = nullptr;
  fault::Order order{};        // in which requests complete
  std::uint64_t seed = 0;      // of what is random about that
  std::uint32_t sector = 512;  // of the medium, in bytes
};

class Environment {
 public:
  // A seat for the calling process' address space. Called once per address space, before its
  // first context exists: when a Runtime is made, and again by the first call after a fork. Never
  // allocates, never blocks, never throws.
  [[nodiscard]] virtual Seat take_seat() noexcept = 0;

 protected:
  ~Environment() = default;
};

}  // namespace aioemu::host
