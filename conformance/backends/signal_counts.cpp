#include "conformance/backends/signal_counts.h"

#include <signal.h>

#include <array>
#include <atomic>
#include <cstddef>

namespace conformance {
namespace {

constexpr std::size_t kSignals = 65;
std::array<std::atomic<int>, kSignals> counts;

void on_signal(int signal) { ++counts[static_cast<std::size_t>(signal)]; }

}  // namespace

void count_signal(int signal, bool restart) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = restart ? SA_RESTART : 0;
  sigaction(signal, &action, nullptr);
}

int signals_counted(int signal) { return counts[static_cast<std::size_t>(signal)]; }

void reset_signal_counts() {
  for (int signal : {SIGUSR1, SIGUSR2, SIGPIPE, SIGXFSZ}) count_signal(signal, false);
  for (auto& count : counts) count = 0;
}

}  // namespace conformance
