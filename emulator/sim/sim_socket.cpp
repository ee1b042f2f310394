#include "sim/sim_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace aioemu::sim {

using namespace abi;  // NOLINT: the names of poll bits

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kHeader = 256;            // struct sk_buff
constexpr std::size_t kTrailer = 320;           // struct skb_shared_info, in the buffer
constexpr std::size_t kLargestPiece = 36544;    // of a stream: a page's worth and eight pages
constexpr std::size_t kMostPaged = 17 * kPage;  // MAX_SKB_FRAGS; the rest is in the buffer

std::size_t whole_pages(std::size_t size) { return (size + kPage - 1) / kPage * kPage; }

// The allocator's sizes: powers of two, from the smallest that holds the trailer.
std::size_t buffer_size(std::size_t size) {
  std::size_t bucket = 512;
  while (bucket < size) bucket *= 2;
  return bucket;
}

// What a message of `length` bytes is charged with.
std::size_t charge_of(std::size_t length, bool datagram) {
  const std::size_t linear = (datagram ? 4 * kPage : kPage) - kTrailer;
  std::size_t paged = length > linear ? whole_pages(length - linear) : 0;
  paged = std::min(paged, kMostPaged);
  if (!datagram) paged = std::min(paged, length);
  const std::size_t head = length - std::min(paged, length);
  return buffer_size((head + 63) / 64 * 64 + kTrailer) + kHeader + whole_pages(paged);
}

}  // namespace

SocketEnd::SocketEnd(bool datagrams, Watcher& watcher)
    : File(core::FileKind::socket), datagrams_(datagrams), watcher_(watcher) {
  facts.rwf_unsupported = kRwfAtomic | kRwfDontcache;
}

void SocketEnd::connect(SocketEnd& one, SocketEnd& other) noexcept {
  one.peer_ = &other;
  other.peer_ = &one;
  one.was_connected_ = true;
  other.was_connected_ = true;
}

// K71: what does not fit is lost from a datagram and stays in a stream. What cannot be copied as a
// whole is lost from a datagram socket, and stays in a stream as if it had not been touched. False
// when it could not be copied.
bool SocketEnd::receive_message(Transfer& transfer, Message& message) {
  const std::size_t had = message.bytes.size() - message.begin;
  const std::size_t good = transfer.put(message.bytes.data() + message.begin, had);
  const bool faulted = transfer.faulted();
  if (faulted && !datagrams_) return false;
  message.begin += datagrams_ ? had : good;
  if (message.begin == message.bytes.size()) {
    input_charge_ -= message.charge;
    input_.pop_front();
  }
  return !faulted;
}

// The result of a read that finds something.
long SocketEnd::receive(Transfer& transfer) {
  const std::size_t charged = input_charge_;
  std::uint64_t kept = transfer.moved();
  while (receive_message(transfer, input_.front())) {
    kept = transfer.moved();
    if (datagrams_ || transfer.left() == 0 || input_.empty()) break;
  }
  if (peer_ != nullptr && input_charge_ < charged && peer_->writable()) {
    watcher_.changed(*peer_, core::rules_of(facts.kind).wake_out);
  }
  return kept == 0 && transfer.faulted() ? -EFAULT : static_cast<long>(kept);
}

// K71
Attempt SocketEnd::read(Transfer& transfer) {
  if (transfer.positioned && transfer.offset != 0) return Attempt::failed(ESPIPE);
  if (transfer.length() == 0) return Attempt::done(0);
  if (!input_.empty()) {
    return Attempt::done(receive(transfer));
  }
  if (std::exchange(reset_, false)) return Attempt::failed(ECONNRESET);
  if (!was_connected_ && !datagrams_) return Attempt::failed(EINVAL);
  // A datagram socket knows no end of the input.
  if (no_more_input_ && !(datagrams_ && transfer.nonblocking)) return Attempt::done(0);
  return transfer.nonblocking ? Attempt::failed(EAGAIN) : Attempt::sleep();
}

bool SocketEnd::writable() const noexcept {
  return peer_ == nullptr || peer_->input_charge_ * 4 < kCapacity;
}

Attempt SocketEnd::no_room(Transfer& transfer) noexcept {
  if (!transfer.nonblocking) {
    transfer.slept = true;
    return Attempt::sleep();
  }
  return transfer.moved() > 0 ? Attempt::done(transfer.outcome()) : Attempt::failed(EAGAIN);
}

bool SocketEnd::send_message(Transfer& transfer, Message& message, std::size_t size) const {
  message.bytes.resize(size);
  message.charge = charge_of(size, datagrams_);
  return transfer.take(message.bytes.data(), size) == size;
}

void SocketEnd::deliver(Message&& message) {
  peer_->input_charge_ += message.charge;
  peer_->input_.push_back(std::move(message));
  watcher_.changed(*peer_, core::rules_of(facts.kind).wake_in);
}

Attempt SocketEnd::send_stream(Transfer& transfer) {
  while (transfer.left() > 0) {
    if (full()) return no_room(transfer);
    const std::uint64_t sent = transfer.moved();
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(transfer.left(), kLargestPiece));
    Message message;
    if (!send_message(transfer, message, size)) {
      return Attempt::done(sent > 0 ? static_cast<long>(sent) : -EFAULT);
    }
    deliver(std::move(message));
  }
  return Attempt::done(transfer.outcome());
}

// The message is copied before anybody looks for who shall have it.
Attempt SocketEnd::send_datagram(Transfer& transfer) {
  if (transfer.length() > kCapacity - 32) return Attempt::failed(EMSGSIZE);
  if (no_more_output_) return Attempt::failed(EPIPE);
  if (peer_ != nullptr && full()) return no_room(transfer);
  Message message;
  const auto size = static_cast<std::size_t>(transfer.length());
  if (!send_message(transfer, message, size)) return Attempt::failed(EFAULT);
  if (!was_connected_) return Attempt::failed(ENOTCONN);
  if (peer_ == nullptr) return refuse();
  if (peer_->no_more_input_) return Attempt::failed(EPIPE);
  deliver(std::move(message));
  return Attempt::done(transfer.outcome());
}

// A datagram socket learns only by sending that its peer is gone; what it had not read goes too.
Attempt SocketEnd::refuse() {
  was_connected_ = false;
  input_.clear();
  input_charge_ = 0;
  return Attempt::failed(ECONNREFUSED);
}

// Nobody can read any more. K71: a write that has waited for room hears of it as an error of the
// socket, which it takes away, and without a signal.
Attempt SocketEnd::break_off(const Transfer& transfer) noexcept {
  if (!transfer.slept) return Attempt::failed(EPIPE, transfer.nosignal ? 0 : SIGPIPE);
  const int error = std::exchange(reset_, false) ? ECONNRESET : EPIPE;
  return transfer.moved() > 0 ? Attempt::done(transfer.outcome()) : Attempt::failed(error);
}

Attempt SocketEnd::write(Transfer& transfer) {
  if (transfer.positioned && transfer.offset != 0) return Attempt::failed(ESPIPE);
  if (datagrams_) return send_datagram(transfer);
  if (!was_connected_) return Attempt::failed(ENOTCONN);
  if (no_more_output_ || peer_ == nullptr) return break_off(transfer);
  return send_stream(transfer);
}

std::uint32_t SocketEnd::readiness() const {
  std::uint32_t state = 0;
  if (reset_) state |= kPollErr;
  if (no_more_input_) state |= kPollIn | kPollRdnorm | kPollRdhup;
  if (no_more_input_ && no_more_output_) state |= kPollHup;
  // K82: a stream that was never connected counts as hung up.
  if (!was_connected_ && !datagrams_) state |= kPollHup;
  if (!input_.empty()) state |= kPollIn | kPollRdnorm;
  if (writable()) state |= kPollOut | kPollWrnorm | kPollWrband;
  return state;
}

// K83: a shutdown and a close wake the other side without a mask. A socket need not be connected.
long SocketEnd::shutdown(int how) {
  if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return -EINVAL;
  const bool reading = how != SHUT_WR;
  const bool writing = how != SHUT_RD;
  no_more_input_ = no_more_input_ || reading;
  no_more_output_ = no_more_output_ || writing;
  if (!datagrams_ && peer_ != nullptr) {
    peer_->no_more_input_ = peer_->no_more_input_ || writing;
    peer_->no_more_output_ = peer_->no_more_output_ || reading;
  }
  watcher_.changed(*this, 0);
  if (peer_ != nullptr) watcher_.changed(*peer_, 0);
  return 0;
}

void SocketEnd::released() {
  if (peer_ == nullptr) return;
  if (!datagrams_) {
    peer_->no_more_input_ = true;
    peer_->no_more_output_ = true;
    peer_->reset_ = !input_.empty();
  }
  peer_->peer_ = nullptr;
  watcher_.changed(*peer_, 0);
  peer_ = nullptr;
}

}  // namespace aioemu::sim
