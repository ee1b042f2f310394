// Sockets: connected pairs of the UNIX family, stream or datagram.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "sim/file.h"

namespace aioemu::sim {

class SocketEnd final : public File {
 public:
  // Bytes that may wait in one direction of a stream, and messages in one of datagrams.
  static constexpr std::size_t kCapacity = 212992;
  static constexpr std::size_t kMessages = 11;

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
  };
  void receive(Transfer& transfer);
  void receive_message(Transfer& transfer, Message& message);
  Attempt send(Transfer& transfer);
  [[nodiscard]] std::size_t room() const noexcept;
  [[nodiscard]] bool writable() const noexcept;

  const bool datagrams_;
  Watcher& watcher_;
  SocketEnd* peer_ = nullptr;
  bool was_connected_ = false;
  bool no_more_input_ = false;   // shut down for reading, or the peer's writing end is
  bool no_more_output_ = false;  // shut down for writing, or the peer's reading end is
  bool reset_ = false;           // the peer closed with unread bytes
  std::deque<Message> input_;
  std::size_t input_bytes_ = 0;
};

}  // namespace aioemu::sim
