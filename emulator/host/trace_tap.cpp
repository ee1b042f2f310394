#include "host/trace_tap.h"

#include <fcntl.h>

#include <array>

#include "host/descriptor_path.h"
#include "host/syscalls.h"

namespace aioemu::host {

using observe::Event;
using observe::Record;
using observe::TraceRing;

namespace {

constexpr std::uint64_t kNap = 100'000;  // ns
constexpr int kNaps = 500;

}  // namespace

// Another process may be waiting: no private futex.
void ring_doorbell(TraceRing& ring) noexcept {
  ring.doorbell.fetch_add(1, std::memory_order_release);
  raw_syscall(SYS_futex, &ring.doorbell, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

void wait_for_doorbell(TraceRing& ring, std::uint32_t before, std::uint64_t ns) noexcept {
  const timespec timeout = timespec_of(ns);
  raw_syscall(SYS_futex, &ring.doorbell, FUTEX_WAIT, before, &timeout, nullptr, 0);
}

void TraceTap::see(const Record& record, std::span<const abi::Segment>) noexcept {
  if (record.event == Event::accepted && record.file != last_file_) name(record.file, record.fd);
  if (!ring_->push(record)) {
    wait_and_push(record);
  } else {
    patient_ = true;
    if (ring_->half_filled()) ring_doorbell(*ring_);
  }
}

// The descriptor is still open: its request was accepted by this very call.
void TraceTap::name(std::uint64_t file, int fd) noexcept {
  last_file_ = file;
  if (file == 0) return;
  observe::FileNames::Place* const place = names_->claim(file);
  if (place == nullptr) return;
  std::array<char, observe::FileNames::kLongest + 1> path;
  const long length =
      raw_syscall(SYS_readlinkat, AT_FDCWD, DescriptorPath(fd).c_str(), path.data(), path.size());
  // One that was cut off would be the name of another file.
  const bool whole = length > 0 && static_cast<std::size_t>(length) <= path.size() - 1;
  place->fill(std::string_view(path.data(), whole ? static_cast<std::size_t>(length) : 0));
}

void TraceTap::wait_and_push(const Record& record) noexcept {
  for (int i = 0; patient_ && i < kNaps; ++i) {
    ring_doorbell(*ring_);
    const timespec nap = timespec_of(kNap);
    raw_syscall(SYS_nanosleep, &nap, nullptr);
    if (ring_->push(record)) return;
  }
  patient_ = false;
  ring_->lost.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace aioemu::host
