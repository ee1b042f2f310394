#include "preload/trap_frame.h"

#include <sys/mman.h>

#include <new>

#include "memory/raw_syscall.h"

namespace aioemu::preload {
namespace {

using memory::raw_syscall;

// The engine needs a few kilobytes; the program's own signal handlers may run here as well. Pages
// that nobody touches cost nothing.
constexpr std::size_t kStack = 256 * 1024;
constexpr std::size_t kGuard = 4096;
constexpr std::size_t kBlock = kGuard + kStack + (sizeof(TrapFrame) + 4095) / 4096 * 4096;

std::atomic<TrapFrame*> newest{nullptr};
// Where this thread found one the last time.
thread_local TrapFrame* usual __attribute__((tls_model("initial-exec"))) = nullptr;

bool take(TrapFrame& frame) noexcept {
  return frame.busy.load(std::memory_order_relaxed) == 0 &&
         frame.busy.exchange(1, std::memory_order_acquire) == 0;
}

TrapFrame* make_frame() noexcept {
  const long block = raw_syscall(SYS_mmap, nullptr, kBlock, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (block < 0) return nullptr;
  raw_syscall(SYS_mprotect, block, kGuard, PROT_NONE);
  const auto end = static_cast<std::uintptr_t>(block) + kBlock;
  void* const place = reinterpret_cast<void*>((end - sizeof(TrapFrame)) / 64 * 64);
  // The pages are zero, as XRSTOR wants what XSAVE does not write.
  auto* const frame = static_cast<TrapFrame*>(place);
  frame->busy.store(1, std::memory_order_relaxed);
  frame->next = newest.load(std::memory_order_relaxed);
  while (!newest.compare_exchange_weak(frame->next, frame, std::memory_order_release)) {
  }
  return frame;
}

}  // namespace

TrapFrame* take_frame() noexcept {
  if (usual != nullptr && take(*usual)) return usual;
  TrapFrame* frame = newest.load(std::memory_order_acquire);
  while (frame != nullptr && !take(*frame)) frame = frame->next;
  if (frame == nullptr) frame = make_frame();
  if (frame != nullptr) usual = frame;
  return frame;
}

}  // namespace aioemu::preload
