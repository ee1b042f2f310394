// The guard in a process that has its own ideas about SIGSEGV. Each scenario runs in a fork, since
// signal actions belong to the process and most of these end it.

#include "memory/fault_guard.h"

#include <gtest/gtest.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "memory/guarded_memory.h"

namespace aioemu::memory {
namespace {

// The exit status of `child`, or 256 plus the signal that killed it.
int in_fork(const std::function<int()>& child) {
  const pid_t pid = fork();
  if (pid == 0) _exit(child());
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

bool copy_fails() {
  GuardedMemory memory;
  int to = 0;
  return !memory.read(&to, 64, sizeof to);
}

sigjmp_buf back;
volatile sig_atomic_t calls = 0;
volatile int seen_code = 0;
void* volatile seen_address = nullptr;
struct sigaction predecessor;

void jump_back(int, siginfo_t* info, void*) {
  calls = calls + 1;
  seen_code = info->si_code;
  seen_address = info->si_addr;
  siglongjmp(back, 1);
}

void count(int, siginfo_t* info, void*) {
  calls = calls + 1;
  seen_code = info->si_code;
}

void hand_to_predecessor(int signal, siginfo_t* info, void* context) {
  calls = calls + 1;
  predecessor.sa_sigaction(signal, info, context);
}

void install(int signal, void (*handler)(int, siginfo_t*, void*), int flags,
             struct sigaction* old = nullptr) {
  struct sigaction action {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  sigaction(signal, &action, old);
}

void set_default(int signal) { ::signal(signal, SIG_DFL); }

void touch(std::uintptr_t address) { *reinterpret_cast<volatile char*>(address) = 1; }

TEST(FaultGuard, TheProgramsOwnFaultsStillReachItsHandler) {
  EXPECT_EQ(in_fork([] {
              install(SIGSEGV, jump_back, 0);
              if (!install_fault_guard() || !copy_fails() || calls != 0) return 1;
              for (int i = 1; i <= 3; ++i) {
                if (sigsetjmp(back, 1) == 0) touch(0x1230);
                if (calls != i) return 2;
              }
              const bool same_info =
                  seen_code == SEGV_MAPERR && seen_address == reinterpret_cast<void*>(0x1230);
              return same_info && copy_fails() ? 0 : 3;
            }),
            0);
}

TEST(FaultGuard, WithoutAHandlerTheProgramDiesOfTheSignalAsBefore) {
  EXPECT_EQ(in_fork([] {
              set_default(SIGSEGV);
              if (!install_fault_guard() || !copy_fails()) return 1;
              touch(0x1230);
              return 2;
            }),
            256 + SIGSEGV);
}

TEST(FaultGuard, ASentSignalTakesTheDefaultActionToo) {
  EXPECT_EQ(in_fork([] {
              set_default(SIGBUS);
              if (!install_fault_guard()) return 1;
              raise(SIGBUS);
              return 2;
            }),
            256 + SIGBUS);
}

TEST(FaultGuard, ASentSignalReachesTheHandlerWithItsInfo) {
  EXPECT_EQ(in_fork([] {
              install(SIGSEGV, count, 0);
              if (!install_fault_guard()) return 1;
              raise(SIGSEGV);
              return calls == 1 && seen_code == SI_TKILL ? 0 : 2;
            }),
            0);
}

TEST(FaultGuard, AnIgnoredSignalStaysIgnoredUnlessAnInstructionRaisesIt) {
  EXPECT_EQ(in_fork([] {
              ::signal(SIGSEGV, SIG_IGN);
              if (!install_fault_guard()) return 1;
              raise(SIGSEGV);
              touch(0x1230);
              return 2;
            }),
            256 + SIGSEGV);
}

TEST(FaultGuard, ALaterHandlerIsPutBehindTheGuardByTheNextInstall) {
  EXPECT_EQ(in_fork([] {
              set_default(SIGSEGV);
              if (!install_fault_guard()) return 1;
              install(SIGSEGV, jump_back, 0);
              if (!install_fault_guard() || !copy_fails() || calls != 0) return 2;
              if (sigsetjmp(back, 1) == 0) touch(0x1230);
              return calls == 1 && copy_fails() ? 0 : 3;
            }),
            0);
}

TEST(FaultGuard, AHandlerThatHandsOnToTheGuardEndsAtTheOldestAction) {
  EXPECT_EQ(in_fork([] {
              set_default(SIGSEGV);
              if (!install_fault_guard()) return 1;
              install(SIGSEGV, hand_to_predecessor, 0, &predecessor);
              if (!install_fault_guard() || !copy_fails()) return 2;
              touch(0x1230);
              return 3;
            }),
            256 + SIGSEGV);
}

TEST(FaultGuard, AHandlerThatHandsOnServesTheCopiesWhileItIsInFront) {
  EXPECT_EQ(in_fork([] {
              set_default(SIGSEGV);
              if (!install_fault_guard()) return 1;
              install(SIGSEGV, hand_to_predecessor, 0, &predecessor);
              return copy_fails() && calls == 1 ? 0 : 2;
            }),
            0);
}

TEST(FaultGuard, ResetHandlerIsHonoured) {
  EXPECT_EQ(in_fork([] {
              install(SIGSEGV, jump_back, static_cast<int>(SA_RESETHAND));
              if (!install_fault_guard()) return 1;
              if (sigsetjmp(back, 1) == 0) touch(0x1230);
              if (calls != 1) return 2;
              touch(0x1230);
              return 3;
            }),
            256 + SIGSEGV);
}

TEST(FaultGuard, TheHandlersMaskIsInForceWhileItRunsAndGoneAfterwards) {
  static sigset_t inside;
  EXPECT_EQ(in_fork([] {
              struct sigaction action {};
              action.sa_handler = [](int) { sigprocmask(SIG_BLOCK, nullptr, &inside); };
              sigaddset(&action.sa_mask, SIGUSR1);
              sigaction(SIGBUS, &action, nullptr);
              if (!install_fault_guard()) return 1;
              raise(SIGBUS);
              sigset_t after;
              sigprocmask(SIG_BLOCK, nullptr, &after);
              if (sigismember(&inside, SIGUSR1) != 1 || sigismember(&inside, SIGBUS) != 1) return 2;
              return sigismember(&after, SIGUSR1) == 0 && sigismember(&after, SIGBUS) == 0 ? 0 : 3;
            }),
            0);
}

TEST(FaultGuard, AFaultOfAFileMappingBeyondItsEndIsAnAnswerToo) {
  EXPECT_EQ(in_fork([] {
              if (!install_fault_guard()) return 1;
              const int fd = memfd_create("short", MFD_CLOEXEC);
              void* page = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
              GuardedMemory memory;
              int to = 0;
              const auto from = reinterpret_cast<core::UserAddress>(page);
              return memory.read(&to, from, sizeof to) ? 2 : 0;
            }),
            0);
}

TEST(FaultGuard, ExchangeShowsTheProgramItsOwnAction) {
  EXPECT_EQ(in_fork([] {
              if (!install_fault_guard()) return 1;
              struct sigaction found {};
              if (exchange_program_action(SIGUSR1, nullptr, &found)) return 2;
              struct sigaction next {};
              next.sa_sigaction = count;
              next.sa_flags = SA_SIGINFO | SA_RESTART;
              if (!exchange_program_action(SIGSEGV, &next, nullptr)) return 3;
              if (!exchange_program_action(SIGSEGV, nullptr, &found)) return 4;
              if (found.sa_sigaction != count) return 5;
              if (found.sa_flags != (SA_SIGINFO | SA_RESTART)) return 6;
              raise(SIGSEGV);
              return calls == 1 && copy_fails() ? 0 : 7;
            }),
            0);
}

// As io_setup and sigaction in a handler, on a thread that is in the middle of either.
void install_in_handler(int) {
  struct sigaction found {};
  calls = calls + 1;
  if (!install_fault_guard() || !exchange_program_action(SIGSEGV, nullptr, &found)) _exit(9);
}

TEST(FaultGuard, AHandlerMayInterruptAnInstall) {
  EXPECT_EQ(in_fork([] {
              alarm(20);
              if (!install_fault_guard()) return 1;
              struct sigaction action {};
              action.sa_handler = install_in_handler;
              sigaction(SIGVTALRM, &action, nullptr);
              const itimerval often{{0, 50}, {0, 50}};
              setitimer(ITIMER_VIRTUAL, &often, nullptr);
              struct sigaction next {};
              while (calls < 50) {
                if (!exchange_program_action(SIGBUS, &next, nullptr)) return 2;
              }
              return 0;
            }),
            0);
}

TEST(FaultGuard, AForkChildWaitsForNoThreadOfItsParent) {
  EXPECT_EQ(in_fork([] {
              alarm(300);
              if (!install_fault_guard()) return 1;
              std::thread([] {
                const struct sigaction next {};
                for (;;) exchange_program_action(SIGBUS, &next, nullptr);
              }).detach();
              for (int i = 0; i < 50; ++i) {
                const int status = in_fork([] {
                  alarm(60);
                  adopt_fault_guard();

                  const struct sigaction next {};
                  return exchange_program_action(SIGBUS, &next, nullptr) ? 0 : 1;
                });
                if (status != 0) return 2;
              }
              return 0;
            }),
            0);
}

TEST(FaultGuard, AVforkChildsActionIsItsOwn) {
  EXPECT_EQ(in_fork([] {
              if (!install_fault_guard()) return 1;
              struct sigaction next {};
              next.sa_sigaction = count;
              next.sa_flags = SA_SIGINFO;
              if (!exchange_program_action(SIGSEGV, &next, nullptr)) return 2;
              const pid_t child = vfork();
              if (child == 0) {
                next.sa_handler = SIG_DFL;
                _exit(exchange_program_action(SIGSEGV, &next, nullptr) ? 1 : 0);
              }
              int status = 0;
              if (waitpid(child, &status, 0) != child || status != 0) return 3;
              raise(SIGSEGV);
              return calls == 1 ? 0 : 4;
            }),
            0);
}

}  // namespace
}  // namespace aioemu::memory
