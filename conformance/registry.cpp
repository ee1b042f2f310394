#include "conformance/registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <tuple>
#include <utility>

#include "conformance/backend_set.h"

namespace conformance {
namespace {

std::vector<TestEntry>& entries() {
  static std::vector<TestEntry> all;
  return all;
}

TestNotes& notes() {
  static TestNotes current;
  return current;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

}  // namespace

TestRecord::TestRecord(const char* area, const char* name, const char* rules, const char* file,
                       int line, bool slow) {
  entries().push_back({area, name, words_of(rules), file, line, slow});
}

std::vector<TestEntry> all_tests() {
  std::vector<TestEntry> sorted = entries();
  std::sort(sorted.begin(), sorted.end(), [](const TestEntry& a, const TestEntry& b) {
    return std::tie(a.area, a.name) < std::tie(b.area, b.name);
  });
  return sorted;
}

std::vector<std::string> chosen_backends() { return BackendSet::instance().names(); }

std::string test_suffix(const std::string& backend) {
  std::string suffix = backend;
  for (char& c : suffix) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return suffix;
}

void record_not_applicable(const std::string& reason) { notes().not_applicable = reason; }
void record_broken(const std::string& reason) { notes().broken = reason; }
void record_unspecified(const std::string& reason) { notes().unspecified.push_back(reason); }

TestNotes take_notes() { return std::exchange(notes(), TestNotes{}); }

void end_test_as_broken(const std::string& reason) {
  record_broken(reason);
  throw testing::AssertionException(
      testing::TestPartResult(testing::TestPartResult::kSkip, nullptr, -1, reason.c_str()));
}

}  // namespace conformance
