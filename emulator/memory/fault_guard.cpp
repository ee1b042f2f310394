#include "memory/fault_guard.h"

#include <time.h>
#include <ucontext.h>

#include <atomic>
#include <cstdint>

#include "memory/raw_syscall.h"
#include "memory/safe_copy.h"
#include "memory/signal_action.h"

namespace aioemu::memory {
namespace {

// One signal's actions other than ours.
struct Chain {
  ActionCell oldest;  // what was there when we first came
  ActionCell latest;  // what the program put there last
  std::atomic<bool> installed{false};
};

Chain segv_chain;
Chain bus_chain;
std::atomic<int> writer{0};   // one at a time: the process whose thread it is, or 0
std::atomic<int> guarded{0};  // the process whose actions the chains are about

int this_process() noexcept { return static_cast<int>(raw_syscall(SYS_getpid)); }

Chain* chain_of(int signal) noexcept {
  if (signal == SIGSEGV) return &segv_chain;
  if (signal == SIGBUS) return &bus_chain;
  return nullptr;
}

// Held for a few system calls, with all signals blocked: a handler that wants it too would wait for
// ever for the thread it interrupted.
class WriterLock {
 public:
  WriterLock() noexcept {
    constexpr std::uint64_t kAllSignals = ~std::uint64_t{0};
    raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kAllSignals, &mask_, sizeof mask_);
    const int self = this_process();
    int holder = 0;
    std::int64_t limit = 0;
    while (!writer.compare_exchange_weak(holder, self, std::memory_order_acquire)) {
      // In a fork child the lock may be held by a thread that stayed behind in the parent.
      if (holder != self && is_over(limit)) break;
      raw_syscall(SYS_sched_yield);
      holder = 0;
    }
    writer.store(self, std::memory_order_relaxed);
  }
  ~WriterLock() {
    writer.store(0, std::memory_order_release);
    raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask_, nullptr, sizeof mask_);
  }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  // Sets `limit` when it is 0.
  static bool is_over(std::int64_t& limit) noexcept {
    constexpr std::int64_t kPatienceNs = 20'000'000;
    timespec now{};
    raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    const std::int64_t ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    if (limit == 0) limit = ns + kPatienceNs;
    return ns > limit;
  }

  std::uint64_t mask_ = 0;
};

std::uintptr_t program_counter(const ucontext_t& context) noexcept {
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
#else
  return context.uc_mcontext.pc;
#endif
}

void set_program_counter(ucontext_t& context, std::uintptr_t pc) noexcept {
#if defined(__x86_64__)
  context.uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(pc);
#else
  context.uc_mcontext.pc = pc;
#endif
}

// The kernel calls a handler with our return path as the return address; a handler that hands on
// to its predecessor does not.
__attribute__((no_sanitize("address", "thread", "undefined"))) void on_fault(
    int signal, siginfo_t* info, void* context) noexcept {
  auto& machine = *static_cast<ucontext_t*>(context);
  if (raised_by_instruction(*info)) {
    const std::uintptr_t fixup = safe_copy_fixup(program_counter(machine));
    if (fixup != 0) {
      set_program_counter(machine, fixup);
      return;
    }
  }
  Chain& chain = signal == SIGSEGV ? segv_chain : bus_chain;
  const bool from_kernel =
      reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)) == signal_return_path();
  hand_on(chain.latest, from_kernel ? chain.latest.load() : chain.oldest.load(), signal, info,
          context);
}

KernelAction our_action() noexcept {
  return action_with(&on_fault, SA_SIGINFO | SA_ONSTACK | SA_NODEFER);
}

bool in_front(int signal) noexcept {
  KernelAction found;
  return kernel_sigaction(signal, nullptr, &found) == 0 && found.handler == our_action().handler;
}

bool install_one(int signal, Chain& chain) noexcept {
  KernelAction found;
  if (kernel_sigaction(signal, nullptr, &found) != 0) return false;
  const KernelAction ours = our_action();
  if (found.handler == ours.handler) return true;
  chain.latest.store(found);
  if (!chain.installed.load(std::memory_order_relaxed)) chain.oldest.store(found);
  if (kernel_sigaction(signal, &ours, nullptr) != 0) return false;
  chain.installed.store(true, std::memory_order_release);
  return true;
}

KernelAction exchange(Chain& chain, const KernelAction* next) noexcept {
  const WriterLock lock;
  const KernelAction before = chain.latest.load();
  if (next != nullptr) chain.latest.store(*next);
  return before;
}

}  // namespace

constinit thread_local bool blocks_faults __attribute__((tls_model("initial-exec"))) = false;

bool install_fault_guard() noexcept {
  if (fault_guard_installed() && in_front(SIGSEGV) && in_front(SIGBUS)) return true;
  const WriterLock lock;
  if (!install_one(SIGSEGV, segv_chain) || !install_one(SIGBUS, bus_chain)) return false;
  adopt_fault_guard();
  return true;
}

void adopt_fault_guard() noexcept { guarded.store(this_process(), std::memory_order_relaxed); }

bool fault_guard_installed() noexcept {
  return segv_chain.installed.load(std::memory_order_acquire) &&
         bus_chain.installed.load(std::memory_order_acquire);
}

bool exchange_program_action(int signal, const struct sigaction* next,
                             struct sigaction* previous) noexcept {
  Chain* chain = chain_of(signal);
  if (chain == nullptr || !chain->installed.load(std::memory_order_acquire)) return false;
  if (guarded.load(std::memory_order_relaxed) != this_process()) return false;
  const KernelAction replacement = next != nullptr ? from_libc(*next) : KernelAction{};
  const KernelAction before = exchange(*chain, next != nullptr ? &replacement : nullptr);
  if (previous != nullptr) *previous = to_libc(before);
  return true;
}

void set_thread_blocks_faults(bool blocks) noexcept { blocks_faults = blocks; }

}  // namespace aioemu::memory
