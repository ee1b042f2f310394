#include "sim/disk_store.h"

#include <cstring>

namespace aioemu::sim {

const DiskStore::Chunk* DiskStore::find_far(std::uint64_t index) const noexcept {
  const auto found = far_.find(index);
  return found == far_.end() ? nullptr : found->second.get();
}

DiskStore::Chunk& DiskStore::make(std::uint64_t index) {
  if (index < kNear && near_.size() <= index) near_.resize(static_cast<std::size_t>(index) + 1);
  Shared& chunk = index < kNear ? near_[static_cast<std::size_t>(index)] : far_[index];
  if (chunk == nullptr) {
    chunk = std::make_shared<Chunk>();
  } else if (chunk.use_count() > 1) {
    chunk = std::make_shared<Chunk>(*chunk);
  }
  return *chunk;
}

std::uint64_t DiskStore::hold(Chunk& chunk, std::uint64_t in_chunk, std::uint64_t count) noexcept {
  std::uint64_t fresh = 0;
  const std::uint64_t end = (in_chunk + count + block_ - 1) / block_;
  for (std::uint64_t block = in_chunk / block_; block < end; ++block) {
    auto bit = chunk.held[static_cast<std::size_t>(block)];
    if (!bit) ++fresh;
    bit = true;
  }
  return fresh;
}

void DiskStore::read(std::uint64_t offset, std::span<std::byte> to) const noexcept {
  while (!to.empty()) {
    const Run run = at(offset, to.size());
    if (run.bytes != nullptr) {
      std::memcpy(to.data(), run.bytes, run.size);
    } else {
      std::memset(to.data(), 0, run.size);
    }
    offset += run.size;
    to = to.subspan(run.size);
  }
}

std::uint64_t DiskStore::write(std::uint64_t offset, std::span<const std::byte> from) {
  std::uint64_t fresh = 0;
  while (!from.empty()) {
    const std::uint64_t in_chunk = offset % kChunk;
    const auto piece = static_cast<std::size_t>(std::min(from.size(), kChunk - in_chunk));
    Chunk& chunk = make(offset / kChunk);
    std::memcpy(chunk.bytes.data() + in_chunk, from.data(), piece);
    fresh += hold(chunk, in_chunk, piece);
    offset += piece;
    from = from.subspan(piece);
  }
  held_ += fresh;
  return fresh;
}

bool DiskStore::holds(std::uint64_t block) const noexcept {
  const std::uint64_t offset = block * block_;
  const Chunk* const chunk = find(offset / kChunk);
  return chunk != nullptr && chunk->held[static_cast<std::size_t>(offset % kChunk / block_)];
}

FrozenBytes DiskStore::freeze(std::uint64_t block) const {
  if (!holds(block)) return nullptr;
  const Run run = at(block * block_, block_);
  std::shared_ptr<std::byte[]> copy(new std::byte[block_]);
  std::memcpy(copy.get(), run.bytes, run.size);
  return copy;
}

void DiskStore::restore(std::uint64_t block, const std::byte* bytes) {
  const std::uint64_t offset = block * block_;
  if (bytes != nullptr) {
    write(offset, {bytes, block_});
    return;
  }
  if (!holds(block)) return;
  Chunk& chunk = make(offset / kChunk);
  std::memset(chunk.bytes.data() + offset % kChunk, 0, block_);
  chunk.held[static_cast<std::size_t>(offset % kChunk / block_)] = false;
  --held_;
}

}  // namespace aioemu::sim
