// The Runtime in the life of a process: fork, signals, descriptors, moved rings.

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <thread>

#include "runtime_fixture.h"

// ThreadSanitizer wants to end a child of a process with threads that starts threads itself; the
// tests are about just that.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }

namespace aioemu {
namespace {

class ProcessTest : public RuntimeTest {
 protected:
  static std::vector<std::string> open_descriptors() {
    std::vector<std::string> names;
    DIR* directory = opendir("/proc/self/fd");
    while (const dirent* entry = readdir(directory)) {
      std::array<char, 256> target{};
      const std::string path = std::string("/proc/self/fd/") + entry->d_name;
      if (readlink(path.c_str(), target.data(), target.size() - 1) > 0) {
        names.push_back(std::string(entry->d_name) + " " + target.data());
      }
    }
    closedir(directory);
    return names;
  }
  // A whole life of a context: transfers, fsync, a poll. 0, or the number of the step that failed.
  int live(std::uint32_t id = 0) {
    aio_context_t ctx = 0;
    if (runtime_.io_setup(8, &ctx) != 0) return 1;
    if (*reinterpret_cast<std::uint32_t*>(ctx) != id) return 2;
    std::swap(ctx, ctx_);
    const Fd file = file_with("child");
    std::array<char, 8> buffer{};
    if (run(request(IOCB_CMD_PREAD, file, buffer.data(), 8)) != 5) return 3;
    if (run(request(IOCB_CMD_FSYNC, file, nullptr, 0)) != 0) return 4;
    const PipeEnds ends = make_pipe();
    iocb block = poll_request(ends.out, POLLIN);
    if (submit(block) != 1 || write(ends.in, "x", 1) != 1 || reap() != 0x41) return 5;
    std::swap(ctx, ctx_);
    return runtime_.io_destroy(ctx) == 0 ? 0 : 6;
  }
};

TEST_F(ProcessTest, AForkChildHasNoneOfItsParentsContexts) {
  const Fd zero(open("/dev/zero", O_RDONLY));
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, zero, &byte, 1);
  ASSERT_EQ(submit(block), 1);
  EXPECT_EQ(in_fork([&] {
              io_event event{};
              const timespec none{0, 0};
              if (runtime_.io_getevents(ctx_, 0, 1, &event, &none) != -EINVAL) return 1;
              if (submit(block) != -EINVAL) return 2;
              if (runtime_.io_destroy(ctx_) != -EINVAL) return 3;
              const int step = live();
              if (step != 0) return 10 + step;
              return submit(block) == -EINVAL ? 0 : 4;
            }),
            0);
  EXPECT_EQ(reap(), 1);
}

TEST_F(ProcessTest, GrandchildrenToo) {
  EXPECT_EQ(in_fork([&] {
              if (live() != 0) return 1;
              return in_fork([&] { return live(); });
            }),
            0);
}

TEST_F(ProcessTest, ARawForkChildIsAChildToo) {
  const long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) {
    iocb block = request(IOCB_CMD_PREAD, 0, nullptr, 0);
    _exit(submit(block) == -EINVAL ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(static_cast<pid_t>(pid), &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST_F(ProcessTest, AChildThatSharesTheMemorySharesTheContexts) {
  static ProcessTest* self;
  self = this;
  std::vector<char> stack(256 * 1024);
  const auto child = [](void*) -> int {
    const Fd zero(open("/dev/zero", O_RDONLY));
    char byte = 0;
    iocb block = request(IOCB_CMD_PREAD, zero, &byte, 1);
    return self->submit(block) == 1 ? 0 : 1;
  };
  const int pid =
      clone(child, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | SIGCHLD, nullptr);
  ASSERT_GT(pid, 0);
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(reap(), 1);
}

TEST_F(ProcessTest, AChildMayPollAFileThatItsParentDoesNotHave) {
  // A child that shares memory but not descriptors: the file must be the child's.
  static ProcessTest* self;
  static iocb block;
  self = this;
  std::vector<char> stack(256 * 1024);
  const auto child = [](void*) -> int {
    int ends[2];
    if (pipe(ends) != 0) return 1;
    block = poll_request(ends[0], POLLIN);
    if (self->submit(block) != 1) return 2;
    return write(ends[1], "x", 1) == 1 ? 0 : 3;
  };
  const int pid =
      clone(child, stack.data() + stack.size(), CLONE_VM | CLONE_VFORK | SIGCHLD, nullptr);
  ASSERT_GT(pid, 0);
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(reap() & POLLIN, POLLIN);
}

TEST_F(ProcessTest, TheFirstThreadMayEnd) {
  EXPECT_EQ(in_fork([&] {
              std::thread([&] {
                // Until only this thread and the Runtime's are left.
                usleep(50000);
                _exit(live());
              }).detach();
              syscall(SYS_exit, 0);
              return 99;
            }),
            0);
}

TEST_F(ProcessTest, NoDescriptorStaysBehind) {
  const std::vector<std::string> before = open_descriptors();
  ASSERT_EQ(live(1), 0);
  std::array<io_event, 4> events{};
  const timespec soon{0, 1000000};
  const std::uint64_t nothing = 0;
  const struct {
    const std::uint64_t* mask;
    std::uint64_t size;
  } argument{&nothing, 8};
  EXPECT_EQ(runtime_.io_pgetevents(ctx_, 1, 4, events.data(), &soon, &argument), 0);
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ProcessTest, TheRingMayBeMoved) {
  constexpr std::size_t kBytes = 8192;
  const Fd zero(open("/dev/zero", O_RDONLY));
  char byte = 0;
  iocb block = request(IOCB_CMD_PREAD, zero, &byte, 1);
  void* to = mmap(nullptr, kBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void* moved =
      mremap(reinterpret_cast<void*>(ctx_), kBytes, kBytes, MREMAP_MAYMOVE | MREMAP_FIXED, to);
  ASSERT_EQ(moved, to);
  EXPECT_EQ(submit(block), -EINVAL);
  ctx_ = reinterpret_cast<aio_context_t>(moved);
  EXPECT_EQ(submit(block), 1);
  EXPECT_EQ(reap(), 1);
}

TEST_F(ProcessTest, BadPointersAreAnswers) {
  iocb* unmapped = reinterpret_cast<iocb*>(0x1000);
  EXPECT_EQ(runtime_.io_submit(ctx_, 1, &unmapped), -EFAULT);
  EXPECT_EQ(runtime_.io_submit(ctx_, 1, reinterpret_cast<iocb**>(8)), -EFAULT);
  EXPECT_EQ(runtime_.io_submit(0xdead0000, 0, nullptr), -EINVAL);
  EXPECT_EQ(runtime_.io_setup(1, nullptr), -EFAULT);
  EXPECT_EQ(runtime_.io_cancel(ctx_, unmapped, nullptr), -EFAULT);
}

TEST_F(ProcessTest, AccountsForContexts) {
  EXPECT_EQ(runtime_.aio_nr(), 64U);
  runtime_.set_aio_max_nr(100);
  aio_context_t other = 0;
  EXPECT_EQ(runtime_.io_setup(37, &other), -EAGAIN);
  EXPECT_EQ(runtime_.io_setup(36, &other), 0);
  EXPECT_EQ(runtime_.aio_nr(), 100U);
  EXPECT_EQ(runtime_.io_destroy(other), 0);
  EXPECT_EQ(runtime_.aio_nr(), 64U);
}

TEST_F(ProcessTest, ErrnoIsLeftAlone) {
  const Fd file = file_with("x");
  errno = 1234;
  iocb bad = request(IOCB_CMD_PREAD, -1, nullptr, 1);
  submit(bad);
  iocb fault = request(IOCB_CMD_PREAD, file, nullptr, 1);
  submit(fault);
  aio_context_t ctx = 0;
  runtime_.io_setup(0, &ctx);
  runtime_.io_destroy(0);
  EXPECT_EQ(errno, 1234);
}

// A handler that calls in while its own thread may be anywhere inside.
Runtime* handler_runtime = nullptr;
aio_context_t handler_ctx = 0;
iocb* handler_block = nullptr;
std::atomic<long> handler_accepted{0};
std::atomic<long> handler_reaped{0};
std::atomic<int> handler_surprises{0};

void call_in(int) {
  const long accepted = handler_runtime->io_submit(handler_ctx, 1, &handler_block);
  if (accepted == 1) ++handler_accepted;
  if (accepted != 1 && accepted != -EAGAIN) ++handler_surprises;
  io_event event{};
  const timespec none{0, 0};
  const long reaped = handler_runtime->io_getevents(handler_ctx, 0, 1, &event, &none);
  if (reaped < 0) ++handler_surprises;
  handler_reaped += reaped;
}

TEST_F(ProcessTest, AHandlerMayCallInAtAnyMoment) {
  const Fd zero(open("/dev/zero", O_RDONLY));
  char byte = 0;
  iocb theirs = request(IOCB_CMD_PREAD, zero, &byte, 1);
  handler_runtime = &runtime_;
  handler_ctx = ctx_;
  handler_block = &theirs;
  struct sigaction action {};
  action.sa_handler = call_in;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval often{{0, 50}, {0, 50}};
  setitimer(ITIMER_REAL, &often, nullptr);
  char mine = 0;
  iocb block = request(IOCB_CMD_PREAD, zero, &mine, 1);
  long accepted = 0;
  long reaped = 0;
  for (int i = 0; i < 100000; ++i) {
    const long result = submit(block);
    ASSERT_TRUE(result == 1 || result == -EAGAIN) << result;
    if (result == 1) ++accepted;
    io_event events[4];
    const timespec none{0, 0};
    const long got = runtime_.io_getevents(ctx_, 0, 4, events, &none);
    ASSERT_GE(got, 0);
    reaped += got;
  }
  const itimerval off{};
  setitimer(ITIMER_REAL, &off, nullptr);
  reaped += static_cast<long>(events_now().size());
  EXPECT_EQ(handler_surprises.load(), 0);
  EXPECT_EQ(accepted + handler_accepted, reaped + handler_reaped);
}

TEST_F(ProcessTest, FinishAllWaitsForWhatIsInFlight) {
  const Fd file = scratch_file("/tmp", 1 << 20);
  iocb block = request(IOCB_CMD_FSYNC, file, nullptr, 0);
  ASSERT_EQ(submit(block), 1);
  runtime_.finish_all();
  EXPECT_EQ(events_now().size(), 1U);
}

TEST_F(ProcessTest, AThousandContextsLeaveNoTrace) {
  for (int i = 0; i < 1000; ++i) {
    aio_context_t ctx = 0;
    ASSERT_EQ(runtime_.io_setup(100, &ctx), 0);
    EXPECT_EQ(*reinterpret_cast<std::uint32_t*>(ctx), 1U);
    ASSERT_EQ(runtime_.io_destroy(ctx), 0);
  }
}

}  // namespace
}  // namespace aioemu
