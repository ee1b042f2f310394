#include "conformance/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <utility>

#include "conformance/registry.h"
#include "conformance/watchdog.h"

namespace conformance {
namespace {

std::vector<std::string> pieces_of(const std::string& text) {
  std::vector<std::string> pieces;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    std::size_t end = text.find(':', begin);
    if (end == std::string::npos) end = text.size();
    if (end > begin) pieces.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return pieces;
}

// "Setup" chooses the area, and also tests with that word in their name.
std::vector<std::string> patterns_of(const std::string& piece) {
  if (piece.find_first_of(".*?") != std::string::npos) return {piece};
  return {piece + ".*", "*" + piece + "*"};
}

bool glob(const char* pattern, const char* text) {
  if (*pattern == '\0') return *text == '\0';
  if (*pattern == '*') return glob(pattern + 1, text) || (*text != '\0' && glob(pattern, text + 1));
  if (*text == '\0' || (*pattern != '?' && *pattern != *text)) return false;
  return glob(pattern + 1, text + 1);
}

bool any_matches(const std::string& patterns, const std::string& test) {
  for (const std::string& piece : pieces_of(patterns)) {
    for (const std::string& pattern : patterns_of(piece)) {
      if (glob(pattern.c_str(), test.c_str())) return true;
    }
  }
  return false;
}

std::pair<std::string, std::string> wanted_and_unwanted(const std::string& filter) {
  std::size_t minus = filter.find('-');
  if (minus == std::string::npos) return {filter, ""};
  return {filter.substr(0, minus), filter.substr(minus + 1)};
}

// "Aio/Setup" and "ZeroEventsIsEinval/kernel" -> area, name, backend.
std::string after_slash(const std::string& text) { return text.substr(text.find('/') + 1); }
std::string before_slash(const std::string& text) { return text.substr(0, text.find('/')); }

std::string backend_with_suffix(const std::string& suffix) {
  for (const std::string& backend : chosen_backends()) {
    if (test_suffix(backend) == suffix) return backend;
  }
  return suffix;
}

class Listener final : public testing::EmptyTestEventListener {
 public:
  Listener(bool progress, const std::string& begun) : progress_(progress), begun_(begun) {}

  void OnTestStart(const testing::TestInfo& info) override {
    current_ = RawResult{};
    current_.area = after_slash(info.test_suite_name());
    current_.name = before_slash(info.name());
    current_.backend = backend_with_suffix(after_slash(info.name()));
    if (progress_) print_progress();
    // At once: this line may be the last thing a machine does.
    begun_ << current_.backend << " " << current_.full_name() << std::endl;
    watch(current_.full_name() + " on " + current_.backend);
  }

  void OnTestPartResult(const testing::TestPartResult& part) override {
    if (!part.failed()) return;
    std::string place;
    if (part.file_name() != nullptr) {
      place = std::string{part.file_name()} + ":" + std::to_string(part.line_number()) + ": ";
    }
    current_.failures.push_back(place + part.message());
  }

  void OnTestEnd(const testing::TestInfo& info) override {
    if (stop_watching()) {
      current_.failures.push_back("interrupted: it hung for " +
                                  std::to_string(kTestPatienceSeconds) + " s");
    }
    current_.notes = take_notes();
    current_.milliseconds = info.result()->elapsed_time();
    results_.push_back(std::move(current_));
  }

  void OnTestProgramEnd(const testing::UnitTest&) override {
    if (progress_) std::fputs("\r\033[K", stderr);
  }

  std::vector<RawResult> take() { return std::move(results_); }

 private:
  void print_progress() const {
    std::fprintf(stderr, "\r\033[K[%zu/%d] %s %s", results_.size() + 1,
                 testing::UnitTest::GetInstance()->test_to_run_count(), current_.backend.c_str(),
                 current_.full_name().c_str());
    std::fflush(stderr);
  }

  bool progress_;
  std::ofstream begun_;  // swallows everything when there is no file
  RawResult current_;
  std::vector<RawResult> results_;
};

std::string filter_without_slow_tests(const RunOptions& options) {
  std::string filter = options.filter;
  if (!options.quick) return filter;
  bool excludes = filter.find('-') != std::string::npos;
  for (const TestEntry& test : all_tests()) {
    if (!test.slow) continue;
    filter += (excludes ? ":" : "-") + test.full_name();
    excludes = true;
  }
  return filter;
}

}  // namespace

bool filter_chooses(const std::string& filter, const std::string& test) {
  auto [wanted, unwanted] = wanted_and_unwanted(filter);
  return (wanted.empty() || any_matches(wanted, test)) && !any_matches(unwanted, test);
}

std::string gtest_filter(const std::string& filter) {
  if (filter.empty()) return "*";
  auto [wanted, unwanted] = wanted_and_unwanted(filter);
  std::string result;
  auto append = [&result](const std::string& patterns) {
    for (const std::string& piece : pieces_of(patterns)) {
      for (const std::string& pattern : patterns_of(piece)) {
        result += (result.empty() || result.back() == '-' ? "" : ":") + ("Aio/" + pattern + "/*");
      }
    }
  };
  append(wanted);
  if (result.empty()) result = "*";
  if (unwanted.empty()) return result;
  result += "-";
  append(unwanted);
  return result;
}

std::vector<RawResult> run_suite(const RunOptions& options) {
  std::array<char, 20> program{"aioemu-conformance"};
  std::array<char*, 2> argv{program.data(), nullptr};
  int argc = 1;
  testing::InitGoogleMock(&argc, argv.data());
  GTEST_FLAG_SET(filter, gtest_filter(filter_without_slow_tests(options)));
  GTEST_FLAG_SET(catch_exceptions, true);
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  auto* listener = new Listener(options.progress, options.begun);  // owned by GoogleTest
  listeners.Append(listener);
  // Verdicts are ours: GoogleTest's own status knows no ledger.
  [[maybe_unused]] int status = RUN_ALL_TESTS();
  return listener->take();
}

}  // namespace conformance
