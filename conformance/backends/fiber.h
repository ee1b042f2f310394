// Fiber: a function with a stack of its own on the thread that made it. It runs when it is
// resumed, until it yields or ends. So a single-threaded backend can have calls that sleep.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <exception>
#include <functional>

namespace conformance {

class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  // A fiber that has not ended is dropped as it stands: destructors on its stack do not run.
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs the body until its next yield or its end; rethrows what the body throws. Not nested.
  void resume();
  [[nodiscard]] bool ended() const { return ended_; }

  // From within a body: back to whoever resumed it.
  static void yield();
  // Whose body runs now; null outside of all.
  static Fiber* current();

 private:
  static void enter();
  void switch_in();
  void switch_out(bool for_good);

  std::function<void()> body_;
  std::exception_ptr thrown_;
  ucontext_t own_{};
  ucontext_t resumer_{};
  void* stack_ = nullptr;
  bool ended_ = false;
  // For sanitizers, which must be told about every change of stack.
  [[maybe_unused]] void* fake_stack_ = nullptr;
  [[maybe_unused]] void* resumer_fake_stack_ = nullptr;
  [[maybe_unused]] const void* resumer_stack_ = nullptr;
  [[maybe_unused]] std::size_t resumer_stack_size_ = 0;
  [[maybe_unused]] void* tsan_own_ = nullptr;
  [[maybe_unused]] void* tsan_resumer_ = nullptr;
};

}  // namespace conformance
