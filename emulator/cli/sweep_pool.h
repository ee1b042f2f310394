// Runs commands, several at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/process_tree.h"

namespace aioemu::cli {

struct PoolTask {
  std::size_t id = 0;
  std::vector<std::string> words;        // the first is the path of the program
  std::vector<std::string> environment;  // NAME=value, instead of this process's
  std::string output;                    // the file that takes standard output and error
};

struct PoolResult {
  std::size_t id = 0;
  int wait_status = 0;
  double seconds = 0;
};

class SweepPool {
 public:
  // `signals` is held as long as the pool lives; `width`: so many at a time.
  SweepPool(const HeldSignals& signals, unsigned width) : signals_(signals), width_(width) {}

  // Takes tasks from `next` until there are none, and hands each result to `done`. A signal
  // that asks this process to end is handed on to what runs, and nothing more is started; a second
  // one kills what runs. The signal's number then, 0 otherwise.
  using Next = std::function<std::optional<PoolTask>()>;
  using Done = std::function<void(const PoolResult&)>;
  int run(const Next& next, const Done& done);
  // Has such a signal come? What ends from then on may have ended by it.
  [[nodiscard]] bool interrupted() const { return interrupted_ != 0; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    pid_t pid;
    std::size_t id;
    Clock::time_point begin;
  };

  void start(const PoolTask& task, const Done& done);
  [[noreturn]] void execute(const PoolTask& task) const;
  void reap(const Done& done);
  void hand_on(int signal, const siginfo_t& info);

  const HeldSignals& signals_;
  const unsigned width_;
  std::vector<Running> running_;
  int interrupted_ = 0;
};

}  // namespace aioemu::cli
