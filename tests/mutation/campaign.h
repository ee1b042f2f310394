// The campaign: lets every chosen mutant live through the test programs, the cheapest first, until
// one of them notices.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/mutation/catalog.h"
#include "tests/mutation/child.h"

namespace mutation {

// One test program. It is asked about mutants of files that begin with `prefix`.
struct Stage {
  std::string name;
  std::string prefix;
  std::vector<std::string> command;
  std::chrono::milliseconds limit{0};  // set by check_baseline
};

// Lines "name | prefix | word word ...". Throws DataError.
std::vector<Stage> parse_stages(std::string_view text, const std::string& title);

struct Verdict {
  const Mutant* mutant = nullptr;
  std::string killed_by;  // the name of a stage; empty: it survived
  std::string evidence;   // the first test that failed, a signal, or "time"
  std::chrono::milliseconds elapsed{0};
  [[nodiscard]] bool survived() const { return killed_by.empty(); }
};

// Runs every stage as the program was written and derives the time limits from that: ten times as
// long, and at least ten seconds. Empty, or what is wrong: nothing can be said about mutants then.
std::string check_baseline(std::vector<Stage>* stages);

// Called after each mutant, by one thread at a time.
using Progress = std::function<void(std::size_t done, const Verdict& verdict)>;

// In the order of `mutants`, whoever ends first.
std::vector<Verdict> run_campaign(const std::vector<const Mutant*>& mutants,
                                  const std::vector<Stage>& stages, unsigned jobs,
                                  const Progress& progress);

// What the output of a test program names first as failed; empty when nothing is named.
std::string first_failure(std::string_view output);

// `count` of `mutants`, chosen by `seed`, in the order of the catalogue: the same for the same
// seed.
std::vector<const Mutant*> sample_of(std::vector<const Mutant*> mutants, std::size_t count,
                                     std::uint64_t seed);

}  // namespace mutation
