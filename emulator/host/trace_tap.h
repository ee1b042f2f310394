// TraceTap: the observer that puts records into a session's ring.
//
// When the ring is full it calls the reader and waits a little; after that it drops records,
// without waiting any more until there is room again, and counts them. A program is slowed down by
// its trace, but never stopped.
//
// Threading: as Observer. No allocation; errno is left alone.
#pragma once

#include "observe/file_names.h"
#include "observe/observer.h"
#include "observe/trace_ring.h"

namespace aioemu::host {

// Wakes the reader of `ring`, in whatever process it is.
void ring_doorbell(observe::TraceRing& ring) noexcept;
// For the reader: until the doorbell, or `ns` have passed.
void wait_for_doorbell(observe::TraceRing& ring, std::uint32_t before, std::uint64_t ns) noexcept;

class TraceTap final : public observe::Observer {
 public:
  TraceTap() = default;
  // Both outlive it.
  TraceTap(observe::TraceRing& ring, observe::FileNames& names) noexcept
      : ring_(&ring), names_(&names) {
    want(observe::kAllEvents);
  }

  void see(const observe::Record& record, std::span<const abi::Segment> segments) noexcept override;

 private:
  void name(std::uint64_t file, int fd) noexcept;
  void wait_and_push(const observe::Record& record) noexcept;

  observe::TraceRing* ring_ = nullptr;
  observe::FileNames* names_ = nullptr;
  std::uint64_t last_file_ = 0;
  bool patient_ = true;
};

}  // namespace aioemu::host
