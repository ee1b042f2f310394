// The survivors that are known, each with the reason why no test can or should notice it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/mutation/campaign.h"

namespace mutation {

// A mutant's name and its reason.
using Survivors = std::map<std::string, std::string>;

// Lines "name: reason"; # begins a comment. Throws DataError: no reason, a name twice.
Survivors parse_survivors(std::string_view text, const std::string& title);

// What keeps a run from being good, one sentence each: a survivor without a reason, a reason for a
// mutant that was killed or does not exist, and, when `whole` (every mutant was tried), too few
// killed.
std::vector<std::string> complaints(const std::vector<Verdict>& verdicts,
                                    const Survivors& survivors, const Catalogue& catalogue,
                                    bool whole);

// Percent of all mutants that a whole run must kill.
inline constexpr std::size_t kWantedPercent = 95;

}  // namespace mutation
