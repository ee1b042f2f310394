#include "tests/mutation/survivors.h"

#include <algorithm>
#include <sstream>

namespace mutation {

Survivors parse_survivors(std::string_view text, const std::string& title) {
  Survivors survivors;
  std::istringstream in{std::string{text}};
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::string place = title + ":" + std::to_string(number) + ": ";
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) throw DataError(place + "not 'name: reason'");
    if (!survivors.emplace(line.substr(0, colon), line.substr(colon + 2)).second) {
      throw DataError(place + "'" + line.substr(0, colon) + "' is there twice");
    }
  }
  return survivors;
}

std::vector<std::string> complaints(const std::vector<Verdict>& verdicts,
                                    const Survivors& survivors, const Catalogue& catalogue,
                                    bool whole) {
  std::vector<std::string> found;
  std::size_t killed = 0;
  for (const Verdict& verdict : verdicts) {
    const std::string& name = verdict.mutant->name;
    const bool known = survivors.count(name) != 0;
    if (!verdict.survived()) ++killed;
    if (verdict.survived() && !known) {
      found.push_back(name + " survived: write the test that it shows to be missing, or a reason " +
                      "into tests/mutation/survivors.txt");
    } else if (!verdict.survived() && known) {
      found.push_back(name + " is dead: take it out of tests/mutation/survivors.txt");
    }
  }
  for (const auto& [name, reason] : survivors) {
    if (catalogue.find(name) != nullptr) continue;
    found.push_back(name + " in tests/mutation/survivors.txt is no mutant");
  }
  if (whole && killed * 100 < verdicts.size() * kWantedPercent) {
    found.push_back("only " + std::to_string(killed) + " of " + std::to_string(verdicts.size()) +
                    " were killed; " + std::to_string(kWantedPercent) + " % are wanted");
  }
  return found;
}

}  // namespace mutation
