// What the summary and the report tell about programs and calls that the emulator could not reach.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "host/unserved.h"

namespace aioemu::cli {

struct StrangerReport {
  int pid = 0;
  std::string path;
  bool killed = false;  // by SIGSYS
};

struct UnservedReport {
  std::uint64_t uncaught = 0;  // processes whose inline system calls were not caught
  int reason = 0;              // why, an errno
  std::uint64_t killed = 0;    // processes that SIGSYS killed
  std::uint64_t strangers = 0;
  std::vector<StrangerReport> list;  // of the strangers, the first few
};

UnservedReport read_unserved(const host::Unserved& unserved);

// Lines for the summary, each beginning with "aioemu: " and ending with a newline; empty when
// everything was reached.
std::string summary_of(const UnservedReport& unserved);

nlohmann::ordered_json json_of(const UnservedReport& unserved);

}  // namespace aioemu::cli
