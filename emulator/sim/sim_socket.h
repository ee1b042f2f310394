// Sockets: connected pairs of the UNIX family, stream or datagram.
//
// What waits to be read is charged to the sender, with what the kernel spends on it: a buffer of a
// size that it hands out, and a header. A sender may send while less than the whole of its buffer
// is charged, and counts as writable while at most a quarter is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "sim/file.h"

namespace aioemu::sim {

class SocketEnd final : public File {
 public:
  static constexpr std::size_t kCapacity = 212992;  // of the send buffer

  SocketEnd(bool datagrams, Watcher& watcher);
  static void connect(SocketEnd& one, SocketEnd& other) noexcept;

  Attempt read(Transfer& transfer) override;
  Attempt write(Transfer& transfer) override;
  [[nodiscard]] std::uint32_t readiness() const override;
  void released() override;
  long shutdown(int how) override;

 private:
  struct Message {
    std::vector<std::byte> bytes;
    std::size_t begin = 0;
    std::size_t charge = 0;
  };
  long receive(Transfer& transfer);
  bool receive_message(Transfer& transfer, Message& message);
  Attempt send_stream(Transfer& transfer);
  Attempt send_datagram(Transfer& transfer);
  bool send_message(Transfer& transfer, Message& message, std::size_t size) const;
  void deliver(Message&& message);
  static Attempt no_room(Transfer& transfer) noexcept;
  Attempt break_off(const Transfer& transfer) noexcept;
  Attempt refuse();
  [[nodiscard]] bool full() const noexcept { return peer_->input_charge_ >= kCapacity; }
  [[nodiscard]] bool writable() const noexcept;

  const bool datagrams_;
  Watcher& watcher_;
  SocketEnd* peer_ = nullptr;
  bool was_connected_ = false;
  bool no_more_input_ = false;   // shut down for reading, or the peer's writing end is
  bool no_more_output_ = false;  // shut down for writing, or the peer's reading end is
  bool reset_ = false;           // the peer closed with unread bytes
  std::deque<Message> input_;
  std::size_t input_charge_ = 0;  // of what is in `input_`
};

}  // namespace aioemu::sim
