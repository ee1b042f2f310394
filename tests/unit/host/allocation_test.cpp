// The six calls do not allocate: the program's malloc may be in the middle of something on this
// very thread. This program's malloc counts.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <atomic>
#include <cstdlib>

#include "runtime_fixture.h"

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* malloc(std::size_t size);
void* calloc(std::size_t count, std::size_t size);
void* realloc(void* block, std::size_t size);
}

namespace {
thread_local long allocations = 0;
}

void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) {
  ++allocations;
  return __libc_realloc(block, size);
}

namespace aioemu {
namespace {

class AllocationTest : public RuntimeTest {
 protected:
  explicit AllocationTest(const char* plan = "") : RuntimeTest({.plan = plan}) {}
  void live();
};

// All of the six calls, and requests of every kind.
void AllocationTest::live() {
  const Fd file = file_with("0123456789");
  const PipeEnds ends = make_pipe();
  const Fd counter(eventfd(0, EFD_NONBLOCK));
  std::array<char, 10> buffer{};
  std::array<iocb, 4> blocks = {
      request(IOCB_CMD_PREAD, file, buffer.data(), 10),
      request(IOCB_CMD_FSYNC, file, nullptr, 0),
      poll_request(ends.out, POLLIN),
      poll_request(ends.out, POLLPRI),
  };
  for (iocb& block : blocks) notify(block, counter);
  std::array<iocb*, 4> list = {&blocks[0], &blocks[1], &blocks[2], &blocks[3]};
  std::array<io_event, 4> events{};
  const long before = allocations;
  aio_context_t other = 0;
  const long setup = runtime_.io_setup(16, &other);
  const long submitted = runtime_.io_submit(other, 4, list.data());
  const ssize_t written = write(ends.in, "x", 1);
  const long cancelled = runtime_.io_cancel(other, &blocks[3], nullptr);
  const long reaped = runtime_.io_getevents(other, 4, 4, events.data());
  const long destroyed = runtime_.io_destroy(other);
  const long after = allocations;
  EXPECT_EQ(after - before, 0);
  EXPECT_EQ(setup, 0);
  EXPECT_EQ(submitted, 4);
  EXPECT_EQ(written, 1);
  EXPECT_EQ(cancelled, -EINPROGRESS);
  EXPECT_EQ(reaped, 4);
  EXPECT_EQ(destroyed, 0);
}

TEST_F(AllocationTest, NoCallAllocatesOnceTheWorkerRuns) { live(); }

class LateAllocationTest : public AllocationTest {
 protected:
  LateAllocationTest()
      : AllocationTest(
            "order random; complete op=read,poll delay 1us; complete op=fsync stall 1us;"
            "wait eventfd_late 1us; submit block 1us; cancel op=read einval") {}
};

TEST_F(LateAllocationTest, NorWhenRequestsAreHeld) { live(); }

// From here on every system call but those that transfer bytes kills the process.
bool allow_transfers_only() {
  constexpr unsigned kNumber = offsetof(seccomp_data, nr);
  std::array<sock_filter, 9> program = {{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, kNumber},
      {BPF_JMP | BPF_JEQ | BPF_K, 6, 0, SYS_preadv2},
      {BPF_JMP | BPF_JEQ | BPF_K, 5, 0, SYS_pwritev2},
      {BPF_JMP | BPF_JEQ | BPF_K, 4, 0, SYS_pread64},
      {BPF_JMP | BPF_JEQ | BPF_K, 3, 0, SYS_pwrite64},
      {BPF_JMP | BPF_JEQ | BPF_K, 2, 0, SYS_exit_group},
      {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, SYS_rt_sigreturn},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  }};
  const sock_fprog filter{program.size(), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST_F(AllocationTest, ATransferIsOneSystemCallAndReapingIsNone) {
  const Fd file = file_with("0123456789");
  EXPECT_EQ(in_fork([&] {
              aio_context_t ctx = 0;
              if (runtime_.io_setup(16, &ctx) != 0) return 1;
              std::array<char, 10> buffer{};
              iocb read = request(IOCB_CMD_PREAD, file, buffer.data(), 10);
              iocb write = request(IOCB_CMD_PWRITE, file, "abc", 3);
              std::array<iocb*, 4> list = {&read, &write, &read, &write};
              std::array<io_event, 4> events{};
              if (runtime_.io_submit(ctx, 4, list.data()) != 4) return 2;
              if (runtime_.io_getevents(ctx, 4, 4, events.data()) != 4) return 3;
              if (!allow_transfers_only()) return 4;
              for (int i = 0; i < 10; ++i) {
                if (runtime_.io_submit(ctx, 4, list.data()) != 4) return 5;
                if (runtime_.io_getevents(ctx, 4, 4, events.data()) != 4) return 6;
                if (events[0].res != 10 || events[1].res != 3) return 7;
              }
              return 0;
            }),
            0);
}

}  // namespace
}  // namespace aioemu
