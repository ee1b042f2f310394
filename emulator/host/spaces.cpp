#include "host/spaces.h"

#include <pthread.h>
#include <sys/mman.h>

#include <new>

#include "host/vector_calls.h"
#include "memory/block_pool.h"
#include "memory/fault_guard.h"

namespace aioemu::host {
namespace {

constexpr std::size_t kPage = 4096;

// All Spaces objects of this process, for the fork handler.
Spaces* first_spaces = nullptr;
OwnerLock list_lock;
bool handler_registered = false;

}  // namespace

Spaces* Spaces::create(const core::KernelProfile& profile, Environment& environment) noexcept {
  // A page of its own each: for the wiped words, and for the object that survives.
  void* const wiped = memory::map_pages(kPage);
  void* const block = memory::map_pages(sizeof(Spaces));
  if (wiped == nullptr || block == nullptr) {
    memory::unmap_pages(wiped, kPage);
    memory::unmap_pages(block, sizeof(Spaces));
    return nullptr;
  }
  raw_syscall(SYS_madvise, wiped, kPage, MADV_WIPEONFORK);
  core::KernelProfile here = profile;
  if (!has_vector_calls()) here.rwf_known &= kComposedFlags;
  auto* const spaces = new (block) Spaces(here, environment, new (wiped) Page{});
  enlist(*spaces);
  return spaces;
}

void Spaces::destroy(Spaces* spaces) noexcept {
  delist(*spaces);
  if (Space* const space = spaces->existing()) Space::destroy(space);
  memory::unmap_pages(spaces->page_, kPage);
  memory::unmap_pages(spaces, sizeof(Spaces));
}

void Spaces::enlist(Spaces& spaces) noexcept {
  const LockScope lock(list_lock);
  spaces.next_ = first_spaces;
  first_spaces = &spaces;
  if (handler_registered) return;
  handler_registered = pthread_atfork(nullptr, nullptr, &Spaces::in_fork_child) == 0;
}

void Spaces::delist(Spaces& spaces) noexcept {
  const LockScope lock(list_lock);
  Spaces** link = &first_spaces;
  while (*link != nullptr && *link != &spaces) link = &(*link)->next_;
  if (*link != nullptr) *link = spaces.next_;
}

// In the child, before fork returns. The lock's holder may not exist here.
void Spaces::in_fork_child() noexcept {
  new (&list_lock) OwnerLock;
  if (memory::fault_guard_installed()) memory::adopt_fault_guard();
  for (Spaces* spaces = first_spaces; spaces != nullptr; spaces = spaces->next_) {
    new (spaces->page_) Page{};
  }
}

Space* Spaces::make() noexcept {
  if (!page_->making.lock()) return nullptr;
  Space* space = existing();
  if (space == nullptr) {
    space = Space::create(profile_, environment_.take_seat());
    page_->space.store(space, std::memory_order_release);
  }
  page_->making.unlock();
  return space;
}

}  // namespace aioemu::host
