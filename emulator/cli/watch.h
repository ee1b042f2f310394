// Watch: the oracles of a run: which ones look on, and what they say afterwards.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "fault/plan.h"
#include "host/session.h"
#include "observe/board.h"

namespace aioemu::cli {

inline constexpr int kExitOracle = 99;

struct Watch {
  observe::OracleChoice oracles;
  int exit = kExitOracle;  // what a run ends with when one fired; 0: as the program ended
};

// As options of the command line, each with a space before it; empty for the defaults.
std::string options_of(const Watch& watch);

struct FindingReport {
  std::uint64_t process = 0;  // its ordinal
  std::string oracle;
  std::vector<std::string> story;
  bool like_the_last = false;  // the finding before it is the same, about the same io_submit
};

// A process and what it had in flight, in lines.
struct InFlightReport {
  std::uint64_t process = 0;
  std::vector<std::string> requests;  // each: what it is; why it has not completed
  std::uint64_t hung = 0;             // of all in flight, those that never complete
};

struct WatchReport {
  observe::OracleChoice oracles{0, false};
  std::array<std::uint64_t, observe::kOracles> counts{};
  std::vector<FindingReport> findings;  // of each oracle and process, the first few
  std::vector<InFlightReport> in_flight;
  std::uint64_t forgotten = 0;  // what may have been dropped, and there was no place to note it
  std::uint64_t unwatched = 0;  // processes that no oracle looked on

  [[nodiscard]] std::uint64_t count() const;
};

// `over`: the processes have ended by themselves, so that what they still owe is a finding.
WatchReport read_watch(const host::Session& session, const fault::FaultPlan& plan, bool over);

// What there is to say, in lines for standard error.
std::string summary(const WatchReport& report);
// What the process had in flight, in lines; empty when that is not known.
std::string in_flight(const WatchReport& report, std::uint64_t process);

}  // namespace aioemu::cli
