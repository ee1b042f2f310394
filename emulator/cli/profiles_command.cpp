#include "cli/profiles_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "fault/capabilities.h"
#include "fault/profiles.h"
#include "fault/vocabulary.h"

namespace aioemu::cli {
namespace {

constexpr int kUsage = 2;

int list() {
  for (const fault::Profile& profile : fault::profiles()) {
    fmt::print("{:<16} {}\n", profile.name, summary(profile));
  }
  return 0;
}

}  // namespace

int profiles_command(const std::string& name, std::uint64_t seed) {
  if (name.empty()) return list();
  for (const fault::Profile& profile : fault::profiles()) {
    if (profile.name != name) continue;
    if (!profile.text.empty()) {
      fmt::print("{}", profile.text);
    } else {
      fmt::print("# {}; this one is of seed {}\n{}", summary(profile), seed,
                 print(fault::plan_of_profile(name, seed, fault::run_capabilities())));
    }
    return 0;
  }
  const std::vector<std::string_view> names = fault::profile_names();
  const std::string_view near = fault::nearest(name, names);
  fmt::print(stderr, "aioemu: no profile is called '{}'{} (aioemu profiles lists them)\n", name,
             near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
  return kUsage;
}

}  // namespace aioemu::cli
