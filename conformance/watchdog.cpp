#include "conformance/watchdog.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace conformance {
namespace {

// A signal handler may touch no std::string.
std::array<char, 400> message;
volatile sig_atomic_t interrupted = 0;

void on_alarm(int) {
  if (interrupted != 0) {
    [[maybe_unused]] ssize_t written = write(STDERR_FILENO, message.data(), strlen(message.data()));
    _exit(1);
  }
  interrupted = 1;
  alarm(kLastPatienceSeconds);
}

}  // namespace

void watch(const std::string& test) {
  std::string text = "\naioemu-conformance: hangs for good in " + test + "\n";
  text.copy(message.data(), message.size() - 1);
  message[std::min(text.size(), message.size() - 1)] = '\0';
  interrupted = 0;
  struct sigaction action {};
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, nullptr);
  alarm(kTestPatienceSeconds);
}

bool stop_watching() {
  alarm(0);
  return interrupted != 0;
}

}  // namespace conformance
