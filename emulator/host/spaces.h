// Spaces: the Space of the calling address space, whatever becomes of the process.
//
// AIO contexts belong to an address space, not to a process id: threads, vfork children and
// clone(CLONE_VM) children share them, a fork child has none (K137, K139). So the pointer to the
// Space lives in a page that the kernel hands to a fork child as zeroes (MADV_WIPEONFORK), raw
// clones included; for systems that only pretend to do so, pthread_atfork clears it as well. A
// child makes a Space of its own when it first needs one, and leaves the parent's copy alone.
#pragma once

#include <atomic>

#include "core/kernel_profile.h"
#include "host/environment.h"
#include "host/space.h"

namespace aioemu::host {

class Spaces {
 public:
  // Null when there is no memory. `environment` must outlive it.
  static Spaces* create(const core::KernelProfile& profile, Environment& environment) noexcept;
  // Destroys the calling address space's Space, if it has one. No thread may be inside a call.
  static void destroy(Spaces* spaces) noexcept;

  // The calling address space's Space; made now if there is none yet. Null when that is impossible:
  // no memory, or a signal handler interrupts the making of it.
  [[nodiscard]] Space* here() noexcept {
    Space* const space = page_->space.load(std::memory_order_acquire);
    return space != nullptr ? space : make();
  }
  // The same, but null when there is none.
  [[nodiscard]] Space* existing() const noexcept {
    return page_->space.load(std::memory_order_acquire);
  }

 private:
  // What a fork child finds empty. Zero bytes are the initial state.
  struct Page {
    std::atomic<Space*> space;
    OwnerLock making;
  };

  Spaces(const core::KernelProfile& profile, Environment& environment, Page* page) noexcept
      : profile_(profile), environment_(environment), page_(page) {}
  Space* make() noexcept;
  static void in_fork_child() noexcept;
  static void enlist(Spaces& spaces) noexcept;
  static void delist(Spaces& spaces) noexcept;

  const core::KernelProfile profile_;
  Environment& environment_;
  Page* const page_;
  Spaces* next_ = nullptr;  // among those of this process
};

}  // namespace aioemu::host
