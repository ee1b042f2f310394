// What the suite knows about itself: tests, the rules they cover, the backends chosen.
#pragma once

#include <string>
#include <vector>

namespace conformance {

// Registers one test and the rules it covers, before main.
struct TestRecord {
  TestRecord(const char* area, const char* name, const char* rules, const char* file, int line);
};

// Names of the backends this run uses; fixed before InitGoogleTest.
std::vector<std::string> chosen_backends();
// A backend's name as a test suffix: letters, digits and underscores.
std::string test_suffix(const std::string& backend);

void record_not_applicable(const std::string& reason);
void record_broken(const std::string& reason);
void record_unspecified(const std::string& reason);

}  // namespace conformance
