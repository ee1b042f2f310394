// What the suite knows about itself: tests, the rules they cover, the backends chosen.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace conformance {

// Registers one test and the rules it covers, before main.
struct TestRecord {
  TestRecord(const char* area, const char* name, const char* rules, const char* file, int line,
             bool slow = false);
};

// One registered test.
struct TestEntry {
  std::string area;
  std::string name;
  std::vector<std::string> rules;
  std::string file;
  int line = 0;
  bool slow = false;  // takes long by its nature; --quick leaves it out
  [[nodiscard]] std::string full_name() const { return area + "." + name; }
};

// Every test of the binary, sorted by area and name.
std::vector<TestEntry> all_tests();

// Names of the backends this run uses; fixed before InitGoogleTest.
std::vector<std::string> chosen_backends();
// A backend's name as a test suffix: letters, digits and underscores.
std::string test_suffix(const std::string& backend);

// What a test said about itself, beside its failures.
struct TestNotes {
  std::optional<std::string> not_applicable;
  std::optional<std::string> broken;
  std::vector<std::string> unspecified;
};

void record_not_applicable(const std::string& reason);
void record_broken(const std::string& reason);
void record_unspecified(const std::string& reason);
// The notes of the test that just ended; the next one begins with none.
TestNotes take_notes();

// Records `reason` as broken and ends the running test from any depth, by an exception that
// GoogleTest knows and does not report as a failure.
[[noreturn]] void end_test_as_broken(const std::string& reason);

}  // namespace conformance
