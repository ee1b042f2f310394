#include "sim/sim_terminal.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace aioemu::sim {

using namespace abi;  // NOLINT: the names of poll bits

namespace {

constexpr std::byte kNewline{'\n'};
constexpr std::byte kReturn{'\r'};

}  // namespace

TerminalEnd::TerminalEnd(bool user_side, Watcher& watcher)
    : File(core::FileKind::terminal), user_side_(user_side), watcher_(watcher) {
  facts.rwf_unsupported = kRwfNowait | kRwfAtomic | kRwfDontcache;
}

void TerminalEnd::connect(TerminalEnd& user, TerminalEnd& master) noexcept {
  user.peer_ = &master;
  master.peer_ = &user;
}

// Bytes that a read may take now: up to the end of the first line on the user's side.
std::size_t TerminalEnd::available() const noexcept {
  if (!user_side_) return input_.size();
  const auto line = std::find(input_.begin(), input_.end(), kNewline);
  return line == input_.end() ? 0 : static_cast<std::size_t>(line - input_.begin()) + 1;
}

Attempt TerminalEnd::read(Transfer& transfer) {
  if (transfer.left() == 0) return Attempt::done(0);
  std::size_t count = available();
  if (count == 0) {
    if (peer_ == nullptr) return user_side_ ? Attempt::done(0) : Attempt::failed(EIO);
    return transfer.nonblocking ? Attempt::failed(EAGAIN) : Attempt::sleep();
  }
  for (; count > 0 && transfer.left() > 0; --count) {
    const std::byte byte = input_.front();
    if (transfer.put(&byte, 1) < 1) break;
    input_.pop_front();
  }
  return Attempt::done(transfer.outcome());
}

// One byte reaches this side.
void TerminalEnd::arrive(std::byte byte) {
  if (user_side_ && byte == kReturn) byte = kNewline;
  if (!user_side_ && byte == kNewline) input_.push_back(kReturn);
  if (input_.size() < kCapacity) input_.push_back(byte);
  if (user_side_ && peer_ != nullptr) peer_->arrive(byte);  // the echo
}

Attempt TerminalEnd::write(Transfer& transfer) {
  if (peer_ == nullptr) return Attempt::failed(EIO);
  std::array<std::byte, 256> piece{};
  while (transfer.left() > 0) {
    const std::size_t good = transfer.take(piece.data(), piece.size());
    std::for_each_n(piece.begin(), good, [&](std::byte byte) { peer_->arrive(byte); });
    if (transfer.faulted()) break;
  }
  watcher_.changed(*peer_, kPollIn);
  return Attempt::done(transfer.outcome());
}

std::uint32_t TerminalEnd::readiness() const {
  std::uint32_t state = available() > 0 ? kPollIn | kPollRdnorm : 0;
  if (peer_ == nullptr) return state | kPollHup;
  return state | kPollOut | kPollWrnorm;
}

void TerminalEnd::released() {
  if (peer_ == nullptr) return;
  peer_->peer_ = nullptr;
  watcher_.changed(*peer_, 0);
  peer_ = nullptr;
}

}  // namespace aioemu::sim
