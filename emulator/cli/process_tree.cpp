#include "cli/process_tree.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <map>
#include <utility>

namespace aioemu::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr nanoseconds kLeftBehindNotice = std::chrono::seconds(2);

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

// The parent of each process in /proc.
std::multimap<pid_t, pid_t> children_by_parent() {
  std::multimap<pid_t, pid_t> children;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr !=
        name.data() + name.size())
      continue;
    std::ifstream file(entry.path() / "stat");
    std::string text;
    std::getline(file, text);
    const std::size_t end = text.rfind(')');
    if (end == std::string::npos || end + 4 >= text.size()) continue;
    children.emplace(static_cast<pid_t>(std::strtol(text.c_str() + end + 4, nullptr, 10)), pid);
  }
  return children;
}

std::vector<pid_t> descendants_of(pid_t root) {
  const std::multimap<pid_t, pid_t> children = children_by_parent();
  std::vector<pid_t> found = {root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [begin, end] = children.equal_range(found[i]);
    for (auto it = begin; it != end; ++it) found.push_back(it->second);
  }
  found.erase(found.begin());
  return found;
}

class Tree {
 public:
  Tree(const Launch& launch, const HeldSignals& signals) : launch_(launch), signals_(signals) {}

  Ended run() {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!start()) return ended_;
    const Clock::time_point begin = Clock::now();
    while (reap()) wait(begin);
    return ended_;
  }

 private:
  // Forks and executes. An exec that fails says so through a pipe that exec closes.
  bool start() {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return fail(errno);
    program_ = fork();
    if (program_ < 0) return fail(errno);
    if (program_ == 0) execute(report[1]);
    close(report[1]);
    int error = 0;
    const bool failed = read(report[0], &error, sizeof error) == sizeof error;
    close(report[0]);
    if (!failed) return true;
    waitpid(program_, nullptr, 0);
    return fail(error);
  }

  [[noreturn]] void execute(int report) const {
    signals_.restore();
    std::vector<char*> arguments = pointers(launch_.arguments);
    std::vector<char*> environment = pointers(launch_.environment);
    execvpe(launch_.path.c_str(), arguments.data(), environment.data());
    const int error = errno;
    static_cast<void>(!write(report, &error, sizeof error));
    _exit(kFailedChild);
  }

  bool fail(int error) {
    ended_.start_error = error;
    return false;
  }

  // Takes in everything that has ended. False when nobody is left.
  bool reap() {
    while (true) {
      int status = 0;
      const pid_t pid = waitpid(-1, &status, WNOHANG);
      if (pid == 0) return true;
      if (pid < 0) return errno != ECHILD;
      if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) ended_.killed_by_sigsys.push_back(pid);
      if (pid != program_) continue;
      ended_.wait_status = status;
      program_ended_ = Clock::now();
    }
  }

  void wait(Clock::time_point begin) {
    siginfo_t info{};
    const int signal = signals_.next(until_next_deadline(begin), info);
    if (signal != 0 && signal != SIGCHLD) return hand_on(signal, info);
    const Clock::time_point now = Clock::now();
    if (launch_.timeout && !ended_.timed_out && now - begin >= *launch_.timeout) time_out();
    if (ended_.timed_out) return kill_all();
    if (program_ended_ && !noticed_ && now - *program_ended_ >= kLeftBehindNotice) {
      noticed_ = true;
      if (launch_.on_left_behind) launch_.on_left_behind();
    }
  }

  [[nodiscard]] nanoseconds until_next_deadline(Clock::time_point begin) const {
    if (ended_.timed_out) return std::chrono::milliseconds(10);
    nanoseconds wait = std::chrono::hours(1);
    const Clock::time_point now = Clock::now();
    if (launch_.timeout) wait = std::min<nanoseconds>(wait, begin + *launch_.timeout - now);
    if (program_ended_ && !noticed_) {
      wait = std::min<nanoseconds>(wait, *program_ended_ + kLeftBehindNotice - now);
    }
    return std::max(wait, nanoseconds(0));
  }

  // A terminal's signal has reached the whole group already; one sent to us alone has not.
  void hand_on(int signal, const siginfo_t& info) const {
    if (info.si_code == SI_KERNEL) return;
    if (!program_ended_) {
      kill(program_, signal);
      return;
    }
    for (const pid_t pid : descendants_of(getpid())) kill(pid, signal);
  }

  void time_out() {
    ended_.timed_out = true;
    if (launch_.on_timeout) launch_.on_timeout();
  }

  static void kill_all() {
    for (const pid_t pid : descendants_of(getpid())) kill(pid, SIGKILL);
  }

  static constexpr int kFailedChild = 127;

  const Launch& launch_;
  const HeldSignals& signals_;
  Ended ended_;
  pid_t program_ = -1;
  std::optional<Clock::time_point> program_ended_;
  bool noticed_ = false;
};

}  // namespace

HeldSignals::HeldSignals() {
  sigemptyset(&set_);
  for (const int signal : {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&set_, signal);
  sigprocmask(SIG_BLOCK, &set_, &before_);
}

HeldSignals::~HeldSignals() { restore(); }

void HeldSignals::restore() const { sigprocmask(SIG_SETMASK, &before_, nullptr); }

int HeldSignals::next(nanoseconds wait, siginfo_t& info) const {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  const timespec timeout{static_cast<time_t>(seconds.count()),
                         static_cast<long>((wait - seconds).count())};
  const int signal = sigtimedwait(&set_, &info, &timeout);
  return signal > 0 ? signal : 0;
}

Ended run_and_wait(const Launch& launch, const HeldSignals& signals) {
  return Tree(launch, signals).run();
}

}  // namespace aioemu::cli
