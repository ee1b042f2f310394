#include "sim/sim_pipe.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace aioemu::sim {

using namespace abi;  // NOLINT: the names of poll bits

PipeEnd::PipeEnd(std::shared_ptr<Pipe> pipe, bool reads, bool writes, Watcher& watcher)
    : File(reads && writes ? core::FileKind::fifo_read_write : core::FileKind::pipe),
      pipe_(std::move(pipe)),
      watcher_(watcher) {
  facts.readable = reads;
  facts.writable = writes;
  facts.rwf_unsupported = kRwfAtomic | kRwfDontcache;
  // K52: a FIFO that was opened by name cannot do without waiting; a pipe can.
  if (reads && writes) facts.rwf_unsupported |= kRwfNowait;
  if (reads) pipe_->reader = this;
  if (writes) pipe_->writer = this;
}

// K69
Attempt PipeEnd::read(Transfer& transfer) {
  if (transfer.left() == 0) return Attempt::done(transfer.outcome());
  const bool was_full = pipe_->full();
  std::uint64_t kept = transfer.moved();
  while (transfer.left() > 0 && !pipe_->buffers.empty()) {
    Pipe::Buffer& buffer = pipe_->buffers.front();
    const std::size_t had = buffer.end - buffer.begin;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(had, transfer.left()));
    // K69: what could not be copied as a whole stays in the pipe.
    if (transfer.put(buffer.bytes.data() + buffer.begin, wanted) < wanted) break;
    kept = transfer.moved();
    buffer.begin += wanted;
    if (buffer.begin == buffer.end) pipe_->buffers.pop_front();
  }
  if (was_full && !pipe_->full() && pipe_->writer != nullptr) {
    watcher_.changed(*pipe_->writer, core::rules_of(facts.kind).wake_out);
  }
  if (kept > 0) return Attempt::done(static_cast<long>(kept));
  if (transfer.faulted()) return Attempt::failed(EFAULT);
  if (pipe_->writer == nullptr) return Attempt::done(0);
  return transfer.nonblocking ? Attempt::failed(EAGAIN) : Attempt::sleep();
}

// The bytes beyond whole buffers go to the end of the last buffer when all of them fit there.
bool PipeEnd::append_tail(Transfer& transfer, std::size_t odd) {
  if (odd == 0 || pipe_->buffers.empty()) return true;
  Pipe::Buffer& last = pipe_->buffers.back();
  if (last.end + odd > Pipe::kBufferSize) return true;
  if (transfer.take(last.bytes.data() + last.end, odd) < odd) return false;
  last.end += odd;
  return true;
}

bool PipeEnd::fill_buffer(Transfer& transfer) {
  Pipe::Buffer buffer;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(Pipe::kBufferSize, transfer.left()));
  if (transfer.take(buffer.bytes.data(), wanted) < wanted) return false;
  buffer.end = wanted;
  pipe_->buffers.push_back(buffer);
  return true;
}

// `kept` bytes are in the pipe; `error` counts only when that is none.
Attempt PipeEnd::stop_writing(const Transfer& transfer, std::uint64_t kept,
                              int error) const noexcept {
  const int signal = error == EPIPE && !transfer.nosignal ? SIGPIPE : 0;
  return Attempt::done(kept > 0 ? static_cast<long>(kept) : -error, signal);
}

Attempt PipeEnd::write(Transfer& transfer) {
  if (transfer.left() == 0) return Attempt::done(transfer.outcome());
  const std::uint64_t before = transfer.moved();
  std::uint64_t kept = before;
  if (pipe_->reader == nullptr) return stop_writing(transfer, kept, EPIPE);
  bool good = kept > 0 || append_tail(transfer, transfer.length() % Pipe::kBufferSize);
  while (good && transfer.left() > 0 && !pipe_->full()) {
    kept = transfer.moved();
    good = fill_buffer(transfer);
  }
  if (good) kept = transfer.moved();
  // K83: once somebody polls a pipe, every write wakes its readers, also one that moves nothing;
  // but not one that goes on sleeping, which would wake itself for ever.
  const bool sleeps = good && transfer.left() > 0 && !transfer.nonblocking;
  if (!sleeps || transfer.moved() > before) {
    watcher_.changed(*pipe_->reader, core::rules_of(facts.kind).wake_in);
  }
  if (!good) return stop_writing(transfer, kept, EFAULT);
  if (transfer.left() == 0) return Attempt::done(transfer.outcome());
  return sleeps ? Attempt::sleep() : stop_writing(transfer, kept, EAGAIN);
}

std::uint32_t PipeEnd::readiness() const {
  std::uint32_t state = 0;
  if (facts.readable) {
    if (!pipe_->buffers.empty()) state |= kPollIn | kPollRdnorm;
    if (pipe_->writer == nullptr) state |= kPollHup;
  }
  if (facts.writable) {
    if (!pipe_->full()) state |= kPollOut | kPollWrnorm;
    if (pipe_->reader == nullptr) state |= kPollErr;
  }
  return state;
}

// K83: a closing end wakes the other without a mask.
void PipeEnd::released() {
  PipeEnd* other = facts.readable ? pipe_->writer : pipe_->reader;
  if (facts.readable) pipe_->reader = nullptr;
  if (facts.writable) pipe_->writer = nullptr;
  if (other != nullptr && other != this) watcher_.changed(*other, 0);
}

}  // namespace aioemu::sim
