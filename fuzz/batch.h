// A batch of iocbs, as bytes of an input describe it and as one side of a target submits it.
//
// An input is up to eight iocbs of 64 bytes, then I/O vectors of 16 bytes. Descriptors are numbers
// into the scene (scene.h); buffers are offsets into this side's own arenas.
#pragma once

#include <linux/aio_abi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "fuzz/arena.h"
#include "fuzz/scene.h"

namespace aioemu::fuzz {

class Batch {
 public:
  static constexpr std::size_t kMost = 8;
  static constexpr std::size_t kVectors = 64;

  // Forgets the last batch, its data included: buffers hold a pattern again.
  void load(const std::uint8_t* data, std::size_t size, const Scene& scene) {
    count_ = std::min(size / sizeof(iocb), kMost);
    changes_ = 0;
    vectored_ = false;
    if (reads_) std::memcpy(buffers_.data(), pattern().data(), kBufferBytes);
    reads_ = false;
    if (count_ > 0) std::memcpy(iocbs_.data(), data, count_ * sizeof(iocb));
    for (std::size_t i = 0; i < count_; ++i) {
      tame(iocbs_[i], scene);
      list_[i] = &iocbs_[i];
    }
    if (vectored_) load_vectors(data + count_ * sizeof(iocb), size - count_ * sizeof(iocb));
  }

  [[nodiscard]] long count() const { return static_cast<long>(count_); }
  [[nodiscard]] iocb** list() { return list_.data(); }
  [[nodiscard]] const iocb& at(std::size_t index) const { return iocbs_[index]; }
  // What the batch may change in the scene.
  [[nodiscard]] Scene::Set changes() const { return changes_; }
  // Which iocb an event's `obj` names; kMost for none.
  [[nodiscard]] std::size_t index_of(std::uint64_t obj) const {
    const std::uint64_t distance = obj - reinterpret_cast<std::uint64_t>(iocbs_.data());
    return std::min<std::uint64_t>(distance / sizeof(iocb), kMost);
  }
  [[nodiscard]] bool polls(std::size_t index) const {
    return iocbs_[index].aio_lio_opcode == IOCB_CMD_POLL;
  }
  // The number of an address in the data arena, the same on each side.
  [[nodiscard]] std::uint64_t offset_of(std::uint64_t address) const {
    return address - buffers_.address();
  }
  [[nodiscard]] const std::uint8_t* buffers() const { return buffers_.data(); }
  static constexpr std::size_t kBufferBytes = 4 * kPage;

 private:
  static bool asynchronous(const iocb& request) {
    return request.aio_lio_opcode == IOCB_CMD_POLL || request.aio_lio_opcode == IOCB_CMD_FSYNC ||
           request.aio_lio_opcode == IOCB_CMD_FDSYNC;
  }

  static bool writes(const iocb& request) {
    return request.aio_lio_opcode == IOCB_CMD_PWRITE || request.aio_lio_opcode == IOCB_CMD_PWRITEV;
  }

  void tame(iocb& request, const Scene& scene) {
    if (writes(request)) changes_ |= scene.bit(request.aio_fildes);
    if ((request.aio_flags & IOCB_FLAG_RESFD) != 0) changes_ |= scene.bit(request.aio_resfd);
    request.aio_fildes = static_cast<std::uint32_t>(scene.pick(request.aio_fildes));
    request.aio_resfd =
        static_cast<std::uint32_t>(asynchronous(request) ? scene.pick_quiet(request.aio_resfd)
                                                         : scene.pick(request.aio_resfd));
    if (request.aio_lio_opcode == IOCB_CMD_POLL) return;
    const bool vectored =
        request.aio_lio_opcode == IOCB_CMD_PREADV || request.aio_lio_opcode == IOCB_CMD_PWRITEV;
    vectored_ = vectored_ || vectored;
    reads_ = reads_ || !writes(request);
    request.aio_buf = vectored ? vectors_.fold(request.aio_buf, kFold & ~std::uint64_t{15})
                               : buffers_.fold(request.aio_buf, kFold);
  }

  static const std::array<std::uint8_t, kBufferBytes>& pattern() {
    static const auto bytes = [] {
      std::array<std::uint8_t, kBufferBytes> made{};
      for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<std::uint8_t>(i * 7 + 1);
      return made;
    }();
    return bytes;
  }

  void load_vectors(const std::uint8_t* data, std::size_t size) {
    std::array<iovec, kVectors> vectors{};
    std::memcpy(vectors.data(), data, std::min(size, sizeof vectors));
    for (iovec& vector : vectors) {
      const auto base = reinterpret_cast<std::uint64_t>(vector.iov_base);
      vector.iov_base = reinterpret_cast<void*>(buffers_.fold(base, kFold));
    }
    std::memcpy(vectors_.data(), vectors.data(), sizeof vectors);
  }

  static constexpr std::uint64_t kFold = 2 * kPage - 1;
  Arena<kBufferBytes> buffers_{PROT_READ | PROT_WRITE};
  Arena<2 * kPage> vectors_{PROT_READ};
  std::size_t count_ = 0;
  Scene::Set changes_ = 0;
  bool vectored_ = false;
  bool reads_ = true;  // the buffers may hold something else than the pattern
  std::array<iocb, kMost> iocbs_{};
  std::array<iocb*, kMost> list_{};
};

}  // namespace aioemu::fuzz
