#include "conformance/backends/thread_call.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "conformance/backends/signal_counts.h"

namespace conformance {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kLastPatience = std::chrono::seconds(3);

void nap() {
  timespec pause{0, 200'000};
  nanosleep(&pause, nullptr);
}

// What /proc tells about a thread at one moment.
struct Look {
  bool asleep = false;
  std::string switches;  // how often it left a CPU, as text
  bool operator==(const Look& other) const {
    return asleep == other.asleep && switches == other.switches;
  }
};

Look look_at(pid_t thread) {
  std::ifstream file{"/proc/self/task/" + std::to_string(thread) + "/status"};
  Look look;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("State:", 0) == 0) {
      look.asleep = line.find_first_of("SD", 6) == line.find_first_not_of(" \t", 6);
    }
    if (line.find("ctxt_switches") != std::string::npos) look.switches += line;
  }
  return look;
}

// Whether /proc's line in `path` says that a thread is stopped. Safe in a fork child.
bool is_stopped(const char* path) {
  char line[256];
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const ssize_t size = read(fd, line, sizeof line - 1);
  close(fd);
  if (size <= 0) return false;
  line[size] = '\0';
  // The state follows the name, which may hold any byte but ends with the last ')'.
  const char* name_end = strrchr(line, ')');
  return name_end != nullptr && name_end[1] == ' ' && name_end[2] == 'T';
}

// A child stops this process, waits until `thread` has stopped, and lets it go on. False when it
// was never seen to stop.
bool stop_and_continue(pid_t thread) {
  const pid_t self = getpid();
  const std::string stat =
      "/proc/" + std::to_string(self) + "/task/" + std::to_string(thread) + "/stat";
  const pid_t child = fork();
  if (child == 0) {
    kill(self, SIGSTOP);
    bool stopped = false;
    for (int tries = 0; tries < 10'000 && !stopped; ++tries) {
      nap();
      stopped = is_stopped(stat.c_str());
    }
    kill(self, SIGCONT);
    _exit(stopped ? 0 : 1);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Shared with the thread, which may outlive the PendingCall.
struct Shared {
  std::function<long()> call;
  std::atomic<pid_t> thread{0};
  std::atomic<bool> returned{false};
  long result = 0;
};

void run(Shared* shared) {
  shared->thread = static_cast<pid_t>(syscall(SYS_gettid));
  shared->result = shared->call();
  shared->returned = true;
}

class ThreadCall final : public PendingCall {
 public:
  ThreadCall(std::function<long()> call, std::string* stuck)
      : shared_(std::make_shared<Shared>()), stuck_(stuck) {
    shared_->call = std::move(call);
    thread_ = std::thread([shared = shared_] { run(shared.get()); });
  }

  ~ThreadCall() override {
    if (!thread_.joinable()) return;
    if (!returns_within(std::chrono::milliseconds(200))) wake_up();
    if (shared_->returned) {
      thread_.join();
      return;
    }
    *stuck_ = "a call that was started never returned";
    thread_.detach();
  }

  bool blocked() override {
    auto deadline = Clock::now() + kPatience;
    Look before;
    while (Clock::now() < deadline) {
      if (shared_->returned) return false;
      Look now = shared_->thread != 0 ? look_at(shared_->thread) : Look{};
      // Asleep twice without having run between: this is the sleep, not a lock on the way to it.
      if (now.asleep && now == before) return !shared_->returned;
      before = now;
      nap();
    }
    throw std::runtime_error("a call neither sleeps nor returns");
  }

  void interrupt(bool restart) override {
    count_signal(SIGUSR1, restart);
    send_signal();
  }

  bool disturb(Disturbance what) override {
    while (shared_->thread == 0) nap();
    if (what == Disturbance::ignored_signal) {
      signal(SIGURG, SIG_IGN);
      return syscall(SYS_tgkill, getpid(), shared_->thread.load(), SIGURG) == 0;
    }
    return stop_and_continue(shared_->thread);
  }

  long finish() override {
    if (!returns_within(kPatience)) throw std::runtime_error("a call did not return in 10 s");
    thread_.join();
    return shared_->result;
  }

 private:
  bool returns_within(Clock::duration patience) {
    auto deadline = Clock::now() + patience;
    while (!shared_->returned && Clock::now() < deadline) nap();
    return shared_->returned;
  }

  void send_signal() {
    while (shared_->thread == 0) nap();
    syscall(SYS_tgkill, getpid(), shared_->thread.load(), SIGUSR1);
  }

  void wake_up() {
    auto deadline = Clock::now() + kLastPatience;
    while (!shared_->returned && Clock::now() < deadline) {
      interrupt(false);
      returns_within(std::chrono::milliseconds(50));
    }
  }

  std::shared_ptr<Shared> shared_;
  std::string* stuck_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<PendingCall> start_on_thread(std::function<long()> call, std::string* stuck) {
  return std::make_unique<ThreadCall>(std::move(call), stuck);
}

}  // namespace conformance
