// Pipes: 16 buffers of a page each, as a kernel's pipe has them.
//
// A write fills whole buffers and appends to the last one only when its odd bytes fit there; a
// reader frees a buffer when it has taken all of it. That decides how much a non-blocking write
// moves and when a full pipe becomes writable again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "sim/file.h"

namespace aioemu::sim {

class PipeEnd;

// What the two ends share.
class Pipe {
 public:
  static constexpr std::size_t kBuffers = 16;
  static constexpr std::size_t kBufferSize = 4096;

  struct Buffer {
    std::array<std::byte, kBufferSize> bytes;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::deque<Buffer> buffers;
  PipeEnd* reader = nullptr;  // null once closed
  PipeEnd* writer = nullptr;

  [[nodiscard]] bool full() const noexcept { return buffers.size() >= kBuffers; }
};

class PipeEnd final : public File {
 public:
  // A FIFO opened O_RDWR is both ends in one (K86).
  PipeEnd(std::shared_ptr<Pipe> pipe, bool reads, bool writes, Watcher& watcher);

  Attempt read(Transfer& transfer) override;
  Attempt write(Transfer& transfer) override;
  [[nodiscard]] std::uint32_t readiness() const override;
  void released() override;

 private:
  bool append_tail(Transfer& transfer, std::size_t odd);
  bool fill_buffer(Transfer& transfer);
  Attempt stop_writing(const Transfer& transfer, std::uint64_t kept, int error) const noexcept;

  std::shared_ptr<Pipe> pipe_;
  Watcher& watcher_;
};

}  // namespace aioemu::sim
