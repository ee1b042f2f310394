#include "sim/sim_device.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace aioemu::sim {

using namespace abi;  // NOLINT: the names of poll and RWF bits

NullDevice::NullDevice() : File(core::FileKind::null_device) {
  facts.rwf_unsupported = kRwfAtomic | kRwfDontcache;
}

Attempt NullDevice::write(Transfer& transfer) {
  return Attempt::done(static_cast<long>(transfer.length()));
}

ZeroDevice::ZeroDevice(bool full)
    : File(full ? core::FileKind::full_device : core::FileKind::zero_device), full_(full) {
  facts.rwf_unsupported = kRwfAtomic | kRwfDontcache;
  // K52: unlike /dev/zero, /dev/full does not say that it can do without waiting.
  if (full) facts.rwf_unsupported |= kRwfNowait;
}

namespace {

// K70: these devices look out for signals after each page.
void stop_for_signal(Transfer& transfer) {
  constexpr std::uint64_t kPage = 4096;
  if (transfer.signalled) transfer.limit(std::min(transfer.left(), kPage));
}

}  // namespace

Attempt ZeroDevice::read(Transfer& transfer) {
  stop_for_signal(transfer);
  transfer.put_zeroes(static_cast<std::size_t>(transfer.left()));
  return Attempt::done(transfer.outcome());
}

Attempt ZeroDevice::write(Transfer& transfer) {
  if (full_) return Attempt::failed(ENOSPC);
  return Attempt::done(static_cast<long>(transfer.length()));
}

RandomDevice::RandomDevice(std::uint64_t seed) : File(core::FileKind::other_device), stream_(seed) {
  facts.rwf_unsupported = kRwfAtomic | kRwfDontcache;
}

Attempt RandomDevice::read(Transfer& transfer) {
  stop_for_signal(transfer);
  while (transfer.left() > 0 && !transfer.faulted()) {
    const std::uint64_t word = stream_.next();
    transfer.put(&word, sizeof word);
  }
  return Attempt::done(transfer.outcome());
}

Attempt RandomDevice::write(Transfer& transfer) {
  transfer.skip(static_cast<std::size_t>(transfer.left()));
  return Attempt::done(transfer.outcome());
}

TextFile::TextFile(std::string text) : File(core::FileKind::other_device), text_(std::move(text)) {
  facts.rwf_unsupported = kRwfNowait | kRwfAtomic | kRwfDontcache;
}

Attempt TextFile::read(Transfer& transfer) {
  const auto begin = static_cast<std::uint64_t>(transfer.offset);
  if (begin < text_.size()) {
    transfer.put(text_.data() + begin, static_cast<std::size_t>(text_.size() - begin));
  }
  return Attempt::done(transfer.outcome());
}

OtherFile::OtherFile(core::FileKind kind) : File(kind) {
  facts.rwf_unsupported = kRwfNowait | kRwfAtomic | kRwfDontcache;
}

long OtherFile::sync(std::uint64_t) {
  return facts.kind == core::FileKind::directory ? 0 : -EINVAL;
}

// Nothing ever happens on an epoll, inotify or pidfd here; the others are always ready.
std::uint32_t OtherFile::readiness() const {
  const bool waits = core::rules_of(facts.kind).poll != core::PollClass::always_ready;
  return waits ? 0 : File::readiness();
}

ScriptedDevice::ScriptedDevice(core::FileKind kind) : File(kind) { storage_ = true; }

bool ScriptedDevice::take_result(long& result) {
  if (results_.empty()) return false;
  result = results_.front();
  results_.pop_front();
  return true;
}

Attempt ScriptedDevice::read(Transfer& transfer) {
  long result = 0;
  const bool set = take_result(result);
  if (set && result < 0) return Attempt::done(result);
  if (set) transfer.limit(static_cast<std::uint64_t>(result));
  transfer.put_zeroes(static_cast<std::size_t>(transfer.left()));
  return Attempt::done(transfer.outcome());
}

Attempt ScriptedDevice::write(Transfer& transfer) {
  long result = 0;
  const bool set = take_result(result);
  if (set && result < 0) return Attempt::done(result);
  if (set) transfer.limit(static_cast<std::uint64_t>(result));
  transfer.skip(static_cast<std::size_t>(transfer.left()));
  return Attempt::done(transfer.outcome());
}

long ScriptedDevice::sync(std::uint64_t) {
  long result = 0;
  return take_result(result) ? result : 0;
}

}  // namespace aioemu::sim
