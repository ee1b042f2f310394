// Runs a program and waits for it and for everything it leaves behind.
//
// This process becomes the reaper of orphaned descendants, so that a daemon's story is in the
// report as well. SIGINT, SIGTERM, SIGHUP and SIGQUIT are handed on to the program (what a terminal
// sends reaches it anyway), or, once it has ended, to what it left behind.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace aioemu::cli {

// Holds back the signals above, and SIGCHLD, as long as it lives: they are waited for instead, and
// cannot end this process before it has cleaned up.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  // The mask as it was before.
  void restore() const;
  // The next signal, or 0 after `wait`.
  int next(std::chrono::nanoseconds wait, siginfo_t& info) const;

 private:
  sigset_t set_{};
  sigset_t before_{};
};

struct Launch {
  std::string path;
  std::vector<std::string> arguments;    // the first is the program's name
  std::vector<std::string> environment;  // NAME=value
  std::optional<std::chrono::nanoseconds> timeout;
  std::function<void()> on_timeout;      // just before everything is killed
  std::function<void()> on_left_behind;  // once, when descendants outlive the program by 2 s
};

struct Ended {
  int start_error = 0;  // errno: it could not be executed, the rest means nothing
  int wait_status = 0;  // of the program itself, as waitpid gives it
  bool timed_out = false;
  std::vector<int> killed_by_sigsys;  // of those that were reaped here
};

Ended run_and_wait(const Launch& launch, const HeldSignals& signals);

}  // namespace aioemu::cli
