#include "sim/sim_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace aioemu::sim {

using namespace abi;  // NOLINT: the names of poll bits

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

void SocketEnd::receive_message(Transfer& transfer, Message& message) {
  const std::size_t had = message.bytes.size() - message.begin;
  const std::size_t good = transfer.put(message.bytes.data() + message.begin, had);
  if (transfer.faulted()) {
    message.begin += datagrams_ ? 0 : good;
    input_bytes_ -= datagrams_ ? 0 : good;
    return;
  }
  // What does not fit is lost from a datagram and stays in a stream.
  const std::size_t gone = datagrams_ ? had : good;
  message.begin += gone;
  input_bytes_ -= gone;
  if (message.begin == message.bytes.size()) input_.pop_front();
}

void SocketEnd::receive(Transfer& transfer) {
  do {
    receive_message(transfer, input_.front());
  } while (!datagrams_ && transfer.left() > 0 && !transfer.faulted() && !input_.empty());
  if (peer_ != nullptr && peer_->writable()) {
    watcher_.changed(*peer_, core::rules_of(facts.kind).wake_out);
  }
}

// K71
Attempt SocketEnd::read(Transfer& transfer) {
  if (transfer.positioned && transfer.offset != 0) return Attempt::failed(ESPIPE);
  if (transfer.length() == 0) return Attempt::done(0);
  if (!input_.empty()) {
    receive(transfer);
    return Attempt::done(transfer.outcome());
  }
  if (std::exchange(reset_, false)) return Attempt::failed(ECONNRESET);
  if (no_more_input_) return Attempt::done(0);
  if (!was_connected_ && !datagrams_) return Attempt::failed(EINVAL);
  return transfer.nonblocking ? Attempt::failed(EAGAIN) : Attempt::sleep();
}

// How much this end may still send.
std::size_t SocketEnd::room() const noexcept {
  if (datagrams_) return peer_->input_.size() < kMessages ? kCapacity : 0;
  return peer_->input_bytes_ < kCapacity ? kCapacity - peer_->input_bytes_ : 0;
}

// A socket counts as writable while at most a quarter of its buffer is taken.
bool SocketEnd::writable() const noexcept {
  if (peer_ == nullptr) return true;
  return datagrams_ ? room() > 0 : peer_->input_bytes_ * 4 <= kCapacity;
}

Attempt SocketEnd::send(Transfer& transfer) {
  const std::uint64_t sent = transfer.moved();
  if (datagrams_ && transfer.length() > kCapacity) return Attempt::failed(EMSGSIZE);
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(room(), transfer.left()));
  Message message;
  message.bytes.resize(size);
  if (transfer.take(message.bytes.data(), size) < size) {
    return Attempt::done(sent > 0 ? static_cast<long>(sent) : -EFAULT);
  }
  peer_->input_bytes_ += size;
  peer_->input_.push_back(std::move(message));
  watcher_.changed(*peer_, core::rules_of(facts.kind).wake_in);
  if (transfer.left() == 0) return Attempt::done(transfer.outcome());
  return transfer.nonblocking ? Attempt::done(transfer.outcome()) : Attempt::sleep();
}

Attempt SocketEnd::write(Transfer& transfer) {
  if (transfer.positioned && transfer.offset != 0) return Attempt::failed(ESPIPE);
  if (!was_connected_) return Attempt::failed(ENOTCONN);
  if (no_more_output_ || peer_ == nullptr) {
    if (datagrams_ && !no_more_output_) return Attempt::failed(ECONNREFUSED);
    const int signal = transfer.nosignal ? 0 : SIGPIPE;
    return transfer.moved() > 0 ? Attempt::done(transfer.outcome(), signal)
                                : Attempt::failed(EPIPE, signal);
  }
  if (transfer.length() == 0 && !datagrams_) return Attempt::done(0);
  if (room() > 0) return send(transfer);
  if (!transfer.nonblocking) return Attempt::sleep();
  return transfer.moved() > 0 ? Attempt::done(transfer.outcome()) : Attempt::failed(EAGAIN);
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

// K83: a shutdown and a close wake the other side without a mask.
long SocketEnd::shutdown(int how) {
  if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return -EINVAL;
  if (peer_ == nullptr) return -ENOTCONN;
  const bool reading = how != SHUT_WR;
  const bool writing = how != SHUT_RD;
  no_more_input_ = no_more_input_ || reading;
  no_more_output_ = no_more_output_ || writing;
  if (!datagrams_) {
    peer_->no_more_input_ = peer_->no_more_input_ || writing;
    peer_->no_more_output_ = peer_->no_more_output_ || reading;
  }
  watcher_.changed(*this, 0);
  watcher_.changed(*peer_, 0);
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
