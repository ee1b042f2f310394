// A program that does to SIGSYS what programs do to signals, and whose handlers use AIO.
#include <fcntl.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "tests/integration/preload/programs/inline_calls.h"
#include "tests/integration/preload/programs/inliner.h"

namespace program {
namespace {

std::atomic<int> handled{0};
std::atomic<int> result_in_handler{-1};

void count(int /*signal*/) { handled.fetch_add(1); }
void use_aio_here(int /*signal*/) { result_in_handler = use_aio(); }

sigset_t everything() {
  sigset_t set;
  sigfillset(&set);
  return set;
}

struct sigaction action(void (*handler)(int), int flags = 0) {
  struct sigaction made {};
  made.sa_handler = handler;
  made.sa_flags = flags;
  return made;
}

}  // namespace

int block_by_pthread_sigmask() {
  const sigset_t set = everything();
  return pthread_sigmask(SIG_SETMASK, &set, nullptr) == 0 ? use_aio() : 1;
}

int block_by_sigprocmask() {
  const sigset_t set = everything();
  return sigprocmask(SIG_BLOCK, &set, nullptr) == 0 ? use_aio() : 1;
}

int block_by_syscall() {
  const std::uint64_t set = ~std::uint64_t{0};
  if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, nullptr, sizeof set) != 0) return 1;
  std::uint64_t now = 0;
  if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, nullptr, &now, sizeof now) != 0) return 2;
  // The others are blocked: SIGUSR1, for one.
  return (now & 1U << (SIGUSR1 - 1)) != 0 ? use_aio() : 3;
}

int block_by_instruction() {
  const std::uint64_t set = ~std::uint64_t{0};
  const long changed = inline_call(SYS_rt_sigprocmask, SIG_SETMASK, word(&set), 0, sizeof set);
  return changed == 0 ? use_aio() : 1;
}

int block_in_handlers() {
  struct sigaction next = action(use_aio_here);
  next.sa_mask = everything();
  if (sigaction(SIGUSR1, &next, nullptr) != 0 || raise(SIGUSR1) != 0) return 1;
  return result_in_handler;
}

int ignore_by_signal() { return signal(SIGSYS, SIG_IGN) == SIG_DFL ? use_aio() : 1; }

int ignore_by_sigaction() {
  const struct sigaction next = action(SIG_IGN);
  return sigaction(SIGSYS, &next, nullptr) == 0 ? use_aio() : 1;
}

int ignore_by_instruction() {
  // The kernel's own structure: handler, flags, restorer, mask.
  const std::uint64_t next[4] = {reinterpret_cast<std::uint64_t>(SIG_IGN), 0, 0, 0};
  const long changed = inline_call(SYS_rt_sigaction, SIGSYS, word(&next[0]), 0, 8);
  return changed == 0 ? use_aio() : 1;
}

int see_own_action() {
  struct sigaction found {};
  if (sigaction(SIGSYS, nullptr, &found) != 0 || found.sa_handler != SIG_DFL) return 1;
  const struct sigaction next = action(count, SA_RESTART);
  if (sigaction(SIGSYS, &next, nullptr) != 0) return 2;
  if (const int status = use_aio(); status != 0) return status;
  if (sigaction(SIGSYS, nullptr, &found) != 0) return 3;
  if (found.sa_handler != count || found.sa_flags != SA_RESTART) return 4;
  return handled == 0 ? 0 : 5;
}

int get_a_sent_sigsys() {
  if (signal(SIGSYS, count) != SIG_DFL || use_aio() != 0) return 1;
  if (raise(SIGSYS) != 0 || handled != 1) return 2;
  return use_aio();
}

int die_of_a_sent_sigsys() {
  if (use_aio() != 0) return 1;
  raise(SIGSYS);
  return 2;
}

// Room for the kernel's frame and little more, and nothing below it.
int use_tiny_alternate_stack() {
  constexpr std::size_t kPage = 4096;
  const std::size_t least = getauxval(AT_MINSIGSTKSZ);
  const std::size_t size = (least + 448 + 15) / 16 * 16;
  const std::size_t pages = (size + kPage - 1) / kPage * kPage;
  char* const block = static_cast<char*>(
      mmap(nullptr, pages + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (block == MAP_FAILED || mprotect(block, kPage, PROT_NONE) != 0) return 1;
  stack_t stack{};
  stack.ss_sp = block + kPage;
  stack.ss_size = size;
  if (sigaltstack(&stack, nullptr) != 0) return 2;
  if (const int status = use_aio(); status != 0) return status;
  stack_t after{};
  if (sigaltstack(nullptr, &after) != 0) return 3;
  return after.ss_sp == stack.ss_sp && after.ss_flags == 0 ? 0 : 4;
}

namespace {

// Sends SIGUSR1 to `thread` until its handler has run: the first may come before the thread sleeps
// or while it is on its way there, and that is fine too.
struct Sender {
  pthread_t sleeper;
};

void* send_until_done(void* argument) {
  const auto* sender = static_cast<const Sender*>(argument);
  while (handled == 0) {
    pthread_kill(sender->sleeper, SIGUSR1);
    usleep(1000);
  }
  return nullptr;
}

// io_getevents of a context in which nothing happens, interrupted by handlers.
long wait_for_nothing(aio_context_t ctx) {
  Sender sender{pthread_self()};
  pthread_t thread{};
  if (pthread_create(&thread, nullptr, send_until_done, &sender) != 0) return 1;
  io_event event{};
  timespec patience{20, 0};
  // Once the handler has run before the call, nobody would interrupt it.
  const long result = handled == 0 ? io_getevents(ctx, 1, 1, &event, &patience) : -EINTR;
  pthread_join(thread, nullptr);
  return result;
}

void use_aio_and_count(int /*signal*/) {
  result_in_handler = use_aio();
  handled.fetch_add(1);
}

}  // namespace

// K117: whatever SA_RESTART says.
int sleep_through_a_handler() {
  const struct sigaction next = action(count, SA_RESTART);
  aio_context_t ctx = 0;
  if (sigaction(SIGUSR1, &next, nullptr) != 0 || io_setup(4, &ctx) != 0) return 1;
  if (wait_for_nothing(ctx) != -EINTR) return 2;
  return io_destroy(ctx) == 0 ? 0 : 3;
}

// On the same alternate stack on which the signal of the outer call was handled.
int use_aio_in_a_handler() {
  static char memory[65536];
  stack_t stack{};
  stack.ss_sp = memory;
  stack.ss_size = sizeof memory;
  const struct sigaction next = action(use_aio_and_count, SA_ONSTACK);
  aio_context_t ctx = 0;
  if (sigaltstack(&stack, nullptr) != 0 || sigaction(SIGUSR1, &next, nullptr) != 0) return 1;
  if (io_setup(4, &ctx) != 0) return 2;
  if (wait_for_nothing(ctx) != -EINTR) return 3;
  if (result_in_handler != 0) return result_in_handler;
  return io_destroy(ctx) == 0 ? 0 : 4;
}

}  // namespace program
