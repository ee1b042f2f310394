#include "core/decode.h"

#include <algorithm>
#include <limits>

namespace aioemu::core {
namespace {

using abi::Opcode;

bool is_read(const abi::Iocb& iocb) {
  const auto op = static_cast<Opcode>(iocb.opcode);
  return op == Opcode::pread || op == Opcode::preadv;
}

bool is_vectored(const abi::Iocb& iocb) {
  const auto op = static_cast<Opcode>(iocb.opcode);
  return op == Opcode::preadv || op == Opcode::pwritev;
}

// K51: class in the top three bits, level in the low three; newer kernels keep hints between.
int check_ioprio(const Element& element, System& system) {
  if ((element.iocb.flags & abi::kFlagIoprio) == 0) return 0;
  enum IoClass : std::uint32_t { none = 0, realtime = 1, best_effort = 2, idle = 3 };
  const auto prio = static_cast<std::uint16_t>(element.iocb.reqprio);
  const std::uint32_t io_class = prio >> 13U;
  const std::uint32_t level = prio & (element.profile.ioprio_hints ? 0x7U : 0x1fffU);
  if (io_class == realtime && !system.may_use_realtime_io()) return EPERM;
  if (io_class == none) return level != 0 ? EINVAL : 0;
  if (io_class == realtime || io_class == best_effort) return level > 7 ? EINVAL : 0;
  return io_class == idle ? 0 : EINVAL;
}

// K52, D5: what the file does without in kernels of this profile.
std::uint32_t unsupported_flags(const Element& element) {
  const FileFacts& file = element.file;
  const bool memory_device =
      file.kind == FileKind::null_device || file.kind == FileKind::zero_device;
  const bool no_nowait = memory_device && !element.profile.memory_devices_nowait;
  return file.rwf_unsupported | (no_nowait ? abi::kRwfNowait : 0U);
}

// K52, in its order.
int check_rw_flags(const Element& element) {
  const std::uint32_t flags = element.iocb.rw_flags;
  if (flags == 0) return 0;
  const FileFacts& file = element.file;
  if ((flags & ~element.profile.rwf_known) != 0) return EOPNOTSUPP;
  if ((flags & abi::kRwfAppend) != 0 && (flags & abi::kRwfNoappend) != 0) return EINVAL;
  if ((flags & unsupported_flags(element)) != 0) return EOPNOTSUPP;
  if ((flags & abi::kRwfAtomic) != 0 && is_read(element.iocb)) return EOPNOTSUPP;
  if ((flags & abi::kRwfNoappend) != 0 && file.append && file.append_only) return EPERM;
  return 0;
}

// K53, K54.
int check_mode(const Element& element) {
  const FileFacts& file = element.file;
  const bool reading = is_read(element.iocb);
  if (!(reading ? file.readable : file.writable)) return EBADF;
  const FileKindRules& rules = rules_of(file.kind);
  const bool by_profile = element.profile.timerfd_read_iter ||
                          (file.kind != FileKind::timerfd && file.kind != FileKind::signalfd);
  return (reading ? rules.read_iter && by_profile : rules.write_iter) ? 0 : EINVAL;
}

// K55: the whole range lies in the user half. The limit itself is fine for an empty range.
bool in_user_half(UserAddress base, std::uint64_t length, const KernelProfile& profile) {
  return base <= profile.user_limit && length <= profile.user_limit - base;
}

int import_plain(const Element& element, Request& request) {
  const std::uint64_t length = std::min(element.iocb.nbytes, abi::kMaxTransfer);
  if (!in_user_half(element.iocb.buf, length, element.profile)) return EFAULT;
  request.segments = request.inline_segments.data();
  request.segments[0] = {element.iocb.buf, length};
  request.segment_count = 1;
  request.length = length;
  return 0;
}

bool negative_length(const abi::Segment& segment) {
  return static_cast<std::int64_t>(segment.length) < 0;
}

// K56: the array is read front to back, and a negative length in front of an unreadable part is
// seen first. Reading it whole is right unless that fails.
int copy_segments(UserMemory& memory, UserAddress from, abi::Segment* to, std::uint32_t count) {
  if (memory.read(to, from, std::size_t{count} * sizeof *to)) {
    return std::any_of(to, to + count, negative_length) ? EINVAL : 0;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!memory.read(to + i, from + std::uint64_t{i} * sizeof *to, sizeof *to)) return EFAULT;
    if (negative_length(to[i])) return EINVAL;
  }
  return 0;
}

// K57: a single segment is cut before its range is checked, on kernels that treat it as a plain
// buffer; several are checked whole and then cut to the transfer limit in all.
int clamp_segments(const Element& element, Request& request) {
  const bool cut_first = request.segment_count == 1 && element.profile.single_segment_clamped;
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < request.segment_count; ++i) {
    abi::Segment& segment = request.segments[i];
    if (cut_first) segment.length = std::min(segment.length, abi::kMaxTransfer);
    if (!in_user_half(segment.base, segment.length, element.profile)) return EFAULT;
    segment.length = std::min(segment.length, abi::kMaxTransfer - total);
    total += segment.length;
  }
  request.length = total;
  return 0;
}

// K56.
int import_vector(const Element& element, UserMemory& memory, Request& request,
                  SegmentBuffer& buffer) {
  const auto count = static_cast<std::uint32_t>(element.iocb.nbytes);
  request.segment_count = 0;
  request.segments = request.inline_segments.data();
  request.length = 0;
  if (count == 0) return 0;
  if (count > abi::kMaxSegments) return EINVAL;
  if (count > kInlineSegments) request.segments = buffer.segments.data();
  const int error = copy_segments(memory, element.iocb.buf, request.segments, count);
  if (error != 0) return error;
  request.segment_count = count;
  return clamp_segments(element, request);
}

// K58.
int check_offset(const Element& element, const Request& request) {
  if (element.file.unsigned_offsets) return 0;
  const std::int64_t offset = element.iocb.offset;
  if (offset < 0) return EINVAL;
  const auto room = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() - offset);
  return request.length > room ? EINVAL : 0;
}

// K67.
bool goes_to_the_end(const Element& element) {
  if ((element.iocb.rw_flags & abi::kRwfNoappend) != 0) return false;
  return element.file.append || (element.iocb.rw_flags & abi::kRwfAppend) != 0;
}

}  // namespace

int decode_transfer(const Element& element, Ports& ports, Request& request, SegmentBuffer& buffer) {
  if (const int error = check_ioprio(element, ports.system)) return error;
  if (const int error = check_rw_flags(element)) return error;
  if (const int error = check_mode(element)) return error;
  const int error = is_vectored(element.iocb)
                        ? import_vector(element, ports.memory, request, buffer)
                        : import_plain(element, request);
  if (error != 0) return error;
  request.append = !is_read(element.iocb) && goes_to_the_end(element);
  return check_offset(element, request);
}

int decode_sync(const Element& element) {
  const abi::Iocb& iocb = element.iocb;
  if (iocb.buf != 0 || iocb.nbytes != 0 || iocb.offset != 0 || iocb.rw_flags != 0) return EINVAL;
  return rules_of(element.file.kind).fsync ? 0 : EINVAL;
}

int decode_poll(const Element& element, Request& request) {
  const abi::Iocb& iocb = element.iocb;
  if (iocb.buf > 0xffff) return EINVAL;
  if (iocb.nbytes != 0 || iocb.offset != 0 || iocb.rw_flags != 0) return EINVAL;
  request.poll_events = static_cast<std::uint32_t>(iocb.buf) | abi::kPollErr | abi::kPollHup;
  return 0;
}

}  // namespace aioemu::core
