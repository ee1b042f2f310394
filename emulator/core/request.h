// Request: one accepted iocb, from submit to completion.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "abi/aio_abi.h"
#include "core/file_facts.h"
#include "core/ports.h"

namespace aioemu::core {

class Context;

enum class RequestState : std::uint8_t {
  free,
  in_flight,   // a transfer or a sync that its owner is working on
  poll_armed,  // a poll that waits: the only state io_cancel finds (K126)
  cancelled,   // a poll that was cancelled; its event is on the way (K127, K128)
};

inline constexpr std::uint32_t kInlineSegments = 8;
inline constexpr std::uint32_t kNoRequest = 0xffffffff;

// Lives in its context's RequestSlots at a stable address until Kernel::complete. Owners read it;
// only the core and `owner_data`'s owner write to it.
struct Request {
  // What the event will carry back, verbatim (K49). Apart from each other: a request that completes
  // at once has them in two stores still, and one wide load would wait for both.
  UserAddress obj = 0;
  Context* context = nullptr;
  std::uint64_t data = 0;
  FileRef file = FileRef::none;
  FileRef eventfd = FileRef::none;  // none without IOCB_FLAG_RESFD
  std::uint32_t rw_flags = 0;
  std::int32_t fd = -1;  // the number at submit; it may name another file by now
  abi::Opcode op = abi::Opcode::noop;
  RequestState state = RequestState::free;
  FileKind kind = FileKind::regular;
  bool append = false;  // this write goes to the end of the file (K67)

  // A transfer: bytes in all, cut to abi::kMaxTransfer, and where they come from or go to.
  std::uint64_t length = 0;
  std::int64_t offset = 0;
  std::uint32_t segment_count = 0;
  std::uint32_t poll_events = 0;  // with ERR and HUP added (K81)
  // Points to `inline_segments`, or, for more than 8, into the SegmentBuffer that was passed to
  // submit_next: an owner that finishes the request later must move them (`segments` is its to
  // set).
  abi::Segment* segments = nullptr;
  std::array<abi::Segment, kInlineSegments> inline_segments{};

  // For whoever carries the request out, null at first. The core never reads them.
  void* owner_data = nullptr;
  void* owner_note = nullptr;
  std::uint64_t serial = 0;  // 1, 2, ... in order of acceptance in this Kernel

  // Links, as indexes or pointers, kept by RequestSlots, CancelIndex, PollQueue and Context.
  std::uint32_t index = kNoRequest;
  std::uint32_t free_next = kNoRequest;
  std::uint32_t bucket_previous = kNoRequest;
  std::uint32_t bucket_next = kNoRequest;
  Request* active_previous = nullptr;
  Request* active_next = nullptr;
  Request* queue_previous = nullptr;
  Request* queue_next = nullptr;

  [[nodiscard]] std::span<const abi::Segment> segment_span() const noexcept {
    return {segments, segment_count};
  }
  [[nodiscard]] bool reads() const noexcept {
    return op == abi::Opcode::pread || op == abi::Opcode::preadv;
  }
  [[nodiscard]] bool writes() const noexcept {
    return op == abi::Opcode::pwrite || op == abi::Opcode::pwritev;
  }
};

// Room for the segments of one vectored element with more than 8 of them.
struct SegmentBuffer {
  std::array<abi::Segment, abi::kMaxSegments> segments;
};

}  // namespace aioemu::core
