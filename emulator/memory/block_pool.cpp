#include "memory/block_pool.h"

#include <sys/mman.h>

#include <cstring>
#include <utility>

#include "memory/raw_syscall.h"

namespace aioemu::memory {
namespace {

// A system call's result is an error when it lies in the last page of the address space.
bool failed(long result) noexcept { return result < 0 && result > -4096; }

}  // namespace

void* map_pages(std::size_t bytes) noexcept {
  const long address = raw_syscall(SYS_mmap, nullptr, bytes, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
  return failed(address) ? nullptr : reinterpret_cast<void*>(address);
}

void unmap_pages(void* block, std::size_t bytes) noexcept {
  if (block != nullptr) raw_syscall(SYS_munmap, block, bytes);
}

BlockPool::~BlockPool() {
  unmap_pages(kept_, kept_bytes_);
  while (chunks_ != nullptr) {
    Chunk* next = chunks_->next;
    unmap_pages(chunks_, kChunk);
    chunks_ = next;
  }
}

std::size_t BlockPool::class_of(std::size_t bytes) noexcept {
  std::size_t index = 0;
  while ((kSmallest << index) < bytes) ++index;
  return index;
}

bool BlockPool::add_chunk() noexcept {
  auto* chunk = static_cast<Chunk*>(map_pages(kChunk));
  if (chunk == nullptr) return false;
  chunk->next = chunks_;
  chunks_ = chunk;
  next_ = reinterpret_cast<std::byte*>(chunk) + kSmallest;
  left_ = kChunk - kSmallest;
  return true;
}

void* BlockPool::map_or_reuse(std::size_t bytes) noexcept {
  if (kept_ == nullptr || bytes != kept_bytes_) return map_pages(bytes);
  return std::memset(std::exchange(kept_, nullptr), 0, bytes);
}

void BlockPool::keep_or_unmap(void* block, std::size_t bytes) noexcept {
  if (bytes <= kLargestKept) {
    std::swap(block, kept_);
    std::swap(bytes, kept_bytes_);
  }
  unmap_pages(block, bytes);
}

void* BlockPool::allocate(std::size_t bytes) noexcept {
  if (bytes == 0) return nullptr;
  if (bytes > kLargest) return map_or_reuse(bytes);
  const std::size_t index = class_of(bytes);
  const std::size_t size = kSmallest << index;
  if (FreeBlock* block = free_[index]; block != nullptr) {
    free_[index] = block->next;
    return std::memset(static_cast<void*>(block), 0, size);
  }
  if (left_ < size && !add_chunk()) return nullptr;
  void* block = next_;
  next_ += size;
  left_ -= size;
  return block;
}

void BlockPool::release(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  if (bytes > kLargest) {
    keep_or_unmap(block, bytes);
    return;
  }
  auto* free_block = static_cast<FreeBlock*>(block);
  const std::size_t index = class_of(bytes);
  free_block->next = free_[index];
  free_[index] = free_block;
}

}  // namespace aioemu::memory
