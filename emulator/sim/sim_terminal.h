// Terminals: a pseudo-terminal pair with the line discipline a new one has.
//
// The user's side gets whole lines (canonical mode); what arrives is echoed; "\n" leaves as
// "\r\n". Editing characters and signals from the keyboard are not modelled.
#pragma once

#include <cstddef>
#include <deque>

#include "sim/file.h"

namespace aioemu::sim {

class TerminalEnd final : public File {
 public:
  TerminalEnd(bool user_side, Watcher& watcher);
  static void connect(TerminalEnd& user, TerminalEnd& master) noexcept;

  Attempt read(Transfer& transfer) override;
  Attempt write(Transfer& transfer) override;
  [[nodiscard]] std::uint32_t readiness() const override;
  void released() override;

 private:
  void arrive(std::byte byte);
  [[nodiscard]] std::size_t available() const noexcept;

  static constexpr std::size_t kCapacity = 4096;
  const bool user_side_;
  Watcher& watcher_;
  TerminalEnd* peer_ = nullptr;
  std::deque<std::byte> input_;
};

}  // namespace aioemu::sim
