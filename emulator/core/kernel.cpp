#include "core/kernel.h"

#include <algorithm>
#include <new>

#include "core/context.h"

namespace aioemu::core {
namespace {

constexpr std::uint32_t kFirstTableSize = 4;
// K3: the ring never grows beyond 256 MiB of events.
constexpr std::uint32_t kMostDoubled = 0x10000000U / sizeof(abi::IoEvent);

}  // namespace

Kernel::Kernel(const KernelProfile& profile, Ports ports) noexcept
    : profile_(profile), ports_(ports) {}

Kernel::~Kernel() {
  forget_all();
  if (table_ != nullptr) ports_.pages.release(table_, table_size_ * sizeof(Context*));
}

// ---- io_setup: the order of K1-K7 ----

long Kernel::setup(std::uint32_t nr_events, UserAddress ctxp) noexcept {
  std::uint64_t old_value = 0;
  if (!ports_.memory.read(&old_value, ctxp, sizeof old_value)) return -EFAULT;
  if (old_value != 0 || nr_events == 0) return -EINVAL;
  Result<Context*> built = build(nr_events);
  if (!built.ok()) return negative(built.error());
  Context& context = *built.value();
  const std::uint64_t handle = context.mapping.user;
  if (ports_.memory.write(ctxp, &handle, sizeof handle)) return 0;
  discard(context);
  return -EFAULT;
}

Result<Context*> Kernel::build(std::uint32_t nr_events) noexcept {
  // K3: doubled in 32 bits, wrap and all.
  const std::uint32_t doubled = 2U * std::max(nr_events, 4U * profile_.possible_cpus);
  if (doubled > kMostDoubled) return Errno{EINVAL};
  if (doubled == 0 || nr_events > ports_.system.aio_max_nr()) return Errno{EAGAIN};
  const ContextSize size = context_size(doubled, profile_);
  void* const block = ports_.pages.allocate(size.block_bytes);
  if (block == nullptr) return Errno{ENOMEM};
  Result<RingMapping> ring = ports_.pages.map_ring(size.ring_bytes);
  if (!ring.ok()) {
    ports_.pages.release(block, size.block_bytes);
    return Errno{ENOMEM};
  }
  if (!profile_.ring_crosses_fork) ports_.pages.keep_from_children(ring.value());
  const bool charged = ports_.system.charge(nr_events);
  Context& context = *new (block) Context(size, ring.value(), charged ? nr_events : 0, profile_);
  if (charged && publish(context)) return &context;
  context.id = table_size_;  // in no table
  discard(context);
  return charged ? Errno{ENOMEM} : Errno{EAGAIN};
}

void Kernel::discard(Context& context) noexcept {
  if (context.id < table_size_) table_[context.id] = nullptr;
  ports_.system.uncharge(context.charged);
  ports_.pages.unmap_user_ring(context.mapping);
  ports_.pages.release_ring(context.mapping);
  ports_.pages.release(&context, context.block_bytes);
}

// K20: the smallest free index.
bool Kernel::publish(Context& context) noexcept {
  std::uint32_t id = 0;
  while (id < table_size_ && table_[id] != nullptr) ++id;
  if (id == table_size_ && !grow_table()) return false;
  table_[id] = &context;
  context.set_id(id);
  return true;
}

bool Kernel::grow_table() noexcept {
  const std::uint32_t new_size = table_size_ == 0 ? kFirstTableSize : table_size_ * 4;
  auto* const grown = static_cast<Context**>(ports_.pages.allocate(new_size * sizeof(Context*)));
  if (grown == nullptr) return false;
  std::copy_n(table_, table_size_, grown);
  if (table_ != nullptr) ports_.pages.release(table_, table_size_ * sizeof(Context*));
  table_ = grown;
  table_size_ = new_size;
  return true;
}

// ---- lookup ----

// K24, K26: the id is read from the program's memory, and the context it names must be the one
// whose ring is at the handle. K30: unless the program has moved that ring here.
Context* Kernel::find(UserAddress handle) noexcept {
  std::uint32_t id = 0;
  if (!ports_.memory.read(&id, handle, sizeof id)) return nullptr;
  if (id >= table_size_ || table_[id] == nullptr) return nullptr;
  Context& context = *table_[id];
  if (context.mapping.user == handle) return &context;
  if (!ports_.pages.ring_is_at(context.mapping, handle)) return nullptr;
  context.mapping.user = handle;
  return &context;
}

// ---- io_cancel: the order of K125 ----

CancelOutcome Kernel::cancel(UserAddress ctx, UserAddress iocb) noexcept {
  std::uint32_t key = 0;
  if (!ports_.memory.read(&key, iocb + abi::kKeyOffset, sizeof key)) return {-EFAULT, nullptr};
  if (key != 0) return {-EINVAL, nullptr};
  Context* const context = find(ctx);
  if (context == nullptr) return {-EINVAL, nullptr};
  Request* const request = context->armed(iocb);
  if (request == nullptr) return {-EINVAL, nullptr};
  disarm(*request);
  return {-EINPROGRESS, request};
}

// K128: from now on no cancel finds it, though its event is still to come.
void Kernel::disarm(Request& request) noexcept {
  AIOEMU_CHECK(request.state == RequestState::poll_armed);
  request.context->disarm(request);
  ports_.files.poll_queue(request.file).remove(request);
  request.state = RequestState::cancelled;
}

// ---- io_destroy ----

// K132: all at once, before anything in flight is waited for.
DestroyStart Kernel::destroy_begin(UserAddress ctx) noexcept {
  Context* const context = find(ctx);
  if (context == nullptr) return {-EINVAL, nullptr, nullptr};
  context->dying = true;
  table_[context->id] = nullptr;
  ports_.system.uncharge(context->charged);
  ports_.pages.unmap_user_ring(context->mapping);
  return {0, context, context->wake_all()};
}

// K133, K134: polls are cancelled once the last thread has left, since a batch that was under way
// may still have armed some.
Request* Kernel::destroy_next_poll(Context& context) noexcept {
  AIOEMU_CHECK(context.dying);
  if (context.users != 0) return nullptr;
  Request* const request = context.oldest_armed();
  if (request != nullptr) disarm(*request);
  return request;
}

bool Kernel::destroy_finish(Context& context) noexcept {
  AIOEMU_CHECK(context.dying);
  if (context.users != 0 || context.in_flight() != 0) return false;
  ports_.pages.release_ring(context.mapping);
  ports_.pages.release(&context, context.block_bytes);
  return true;
}

// ---- the address space ----

void Kernel::forget_all() noexcept {
  for (std::uint32_t id = 0; id < table_size_; ++id) {
    if (table_[id] == nullptr) continue;
    ports_.pages.release(table_[id], table_[id]->block_bytes);
    table_[id] = nullptr;
  }
}

UserAddress Kernel::first_context() const noexcept {
  for (std::uint32_t id = 0; id < table_size_; ++id) {
    if (table_[id] != nullptr) return table_[id]->mapping.user;
  }
  return 0;
}

Kernel::Counts Kernel::counts() const noexcept {
  Counts counts;
  for (std::uint32_t id = 0; id < table_size_; ++id) {
    if (table_[id] == nullptr) continue;
    ++counts.contexts;
    counts.in_flight += table_[id]->in_flight();
    counts.unreaped += table_[id]->unreaped();
  }
  return counts;
}

}  // namespace aioemu::core
