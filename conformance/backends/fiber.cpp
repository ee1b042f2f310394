#include "conformance/backends/fiber.h"

#include <sys/mman.h>

#include <new>
#include <utility>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define AIOEMU_FIBER_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define AIOEMU_FIBER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define AIOEMU_FIBER_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define AIOEMU_FIBER_TSAN 1
#endif
#ifdef AIOEMU_FIBER_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef AIOEMU_FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace conformance {
namespace {

constexpr std::size_t kStackSize = std::size_t{1} << 20U;

Fiber*& running() {
  static Fiber* fiber = nullptr;
  return fiber;
}

}  // namespace

Fiber::Fiber(std::function<void()> body) : body_(std::move(body)) {
  stack_ = mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack_ == MAP_FAILED) throw std::bad_alloc();
  getcontext(&own_);
  own_.uc_stack.ss_sp = stack_;
  own_.uc_stack.ss_size = kStackSize;
  own_.uc_link = nullptr;
  makecontext(&own_, &Fiber::enter, 0);
#ifdef AIOEMU_FIBER_TSAN
  tsan_own_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#ifdef AIOEMU_FIBER_TSAN
  __tsan_destroy_fiber(tsan_own_);
#endif
  munmap(stack_, kStackSize);
}

Fiber* Fiber::current() { return running(); }

void Fiber::resume() {
  if (ended_) return;
  running() = this;
  switch_in();
  running() = nullptr;
  if (thrown_ != nullptr) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void Fiber::yield() { running()->switch_out(false); }

void Fiber::switch_in() {
#ifdef AIOEMU_FIBER_ASAN
  __sanitizer_start_switch_fiber(&resumer_fake_stack_, stack_, kStackSize);
#endif
#ifdef AIOEMU_FIBER_TSAN
  tsan_resumer_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(tsan_own_, 0);
#endif
  swapcontext(&resumer_, &own_);
#ifdef AIOEMU_FIBER_ASAN
  __sanitizer_finish_switch_fiber(resumer_fake_stack_, nullptr, nullptr);
#endif
}

void Fiber::switch_out(bool for_good) {
  static_cast<void>(for_good);
#ifdef AIOEMU_FIBER_ASAN
  __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack_, resumer_stack_,
                                 resumer_stack_size_);
#endif
#ifdef AIOEMU_FIBER_TSAN
  __tsan_switch_to_fiber(tsan_resumer_, 0);
#endif
  swapcontext(&own_, &resumer_);
#ifdef AIOEMU_FIBER_ASAN
  __sanitizer_finish_switch_fiber(fake_stack_, &resumer_stack_, &resumer_stack_size_);
#endif
}

void Fiber::enter() {
  Fiber& fiber = *running();
#ifdef AIOEMU_FIBER_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &fiber.resumer_stack_, &fiber.resumer_stack_size_);
#endif
  try {
    fiber.body_();
  } catch (...) {
    fiber.thrown_ = std::current_exception();
  }
  fiber.ended_ = true;
  fiber.switch_out(true);
}

}  // namespace conformance
