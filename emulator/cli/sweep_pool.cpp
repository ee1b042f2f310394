#include "cli/sweep_pool.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace aioemu::cli {
namespace {

constexpr int kCannotStart = 127;

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

}  // namespace

int SweepPool::run(const Next& next, const Done& done) {
  for (bool more = true; more || !running_.empty();) {
    while (more && running_.size() < width_) {
      const std::optional<PoolTask> task = next();
      more = task.has_value() && interrupted_ == 0;
      if (more) start(*task, done);
    }
    if (running_.empty()) break;
    siginfo_t info{};
    const int signal = signals_.next(std::chrono::hours(1), info);
    if (signal != 0 && signal != SIGCHLD) {
      hand_on(signal, info);
      more = false;
    }
    reap(done);
  }
  return interrupted_;
}

void SweepPool::start(const PoolTask& task, const Done& done) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    // What is started ends with us, whatever ends us.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(kCannotStart);
    execute(task);
  }
  if (child < 0) return done({task.id, W_EXITCODE(kCannotStart, 0), 0});
  running_.push_back({child, task.id, Clock::now()});
}

void SweepPool::execute(const PoolTask& task) const {
  const int output = open(task.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int input = open("/dev/null", O_RDONLY);
  if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(output, STDERR_FILENO) < 0) {
    _exit(kCannotStart);
  }
  close(input);
  close(output);
  signals_.restore();
  std::vector<char*> words = pointers(task.words);
  std::vector<char*> environment = pointers(task.environment);
  execve(words[0], words.data(), environment.data());
  _exit(kCannotStart);
}

void SweepPool::reap(const Done& done) {
  for (std::size_t i = 0; i < running_.size();) {
    const Running one = running_[i];
    int status = 0;
    if (waitpid(one.pid, &status, WNOHANG) == 0) {
      ++i;
      continue;
    }
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    done({one.id, status, std::chrono::duration<double>(Clock::now() - one.begin).count()});
  }
}

void SweepPool::hand_on(int signal, const siginfo_t& info) {
  const bool again = interrupted_ != 0;
  interrupted_ = signal;
  for (const Running& one : running_) {
    // A terminal's signal has reached the whole group already.
    if (again || info.si_code != SI_KERNEL) kill(one.pid, again ? SIGKILL : signal);
  }
}

}  // namespace aioemu::cli
