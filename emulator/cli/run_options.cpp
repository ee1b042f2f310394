#include "cli/run_options.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "cli/report.h"
#include "host/session.h"

namespace aioemu::cli {
namespace {

// Adds the plan in `text`; the reason when it cannot be.
std::optional<std::string> add(fault::FaultPlan& plan, const std::string& text,
                               const std::string& source) {
  const auto parsed = fault::parse(text, source);
  if (const auto* error = std::get_if<fault::PlanError>(&parsed)) return describe(*error);
  const auto clash = append(plan, std::get<fault::FaultPlan>(parsed), source);
  return clash ? std::optional(describe(*clash)) : std::nullopt;
}

std::optional<std::string> add_file(fault::FaultPlan& plan, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 4096> block{};
  // read() turns what the buffer throws, for a directory, into bad().
  while (file.read(block.data(), block.size()), file.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) return "cannot read the plan " + path;
  return add(plan, text, path);
}

}  // namespace

std::variant<fault::FaultPlan, std::string> combined_plan(const RunOptions& options) {
  fault::FaultPlan plan;
  for (const std::string& text : options.faults) {
    if (const auto error = add(plan, text, "--fault")) return *error;
  }
  for (const std::string& path : options.plan_files) {
    if (const auto error = add_file(plan, path)) return *error;
  }
  if (plan.rules.size() > host::kMaxRules) {
    return "a plan has at most " + std::to_string(host::kMaxRules) + " rules";
  }
  if (options.seed) plan.seed = options.seed;
  if (options.aio_max_nr) plan.aio_max_nr = options.aio_max_nr;
  return plan;
}

std::string replay_line(const RunOptions& options, const fault::FaultPlan& plan) {
  std::string line = "aioemu run --seed " + std::to_string(plan.seed.value_or(0));
  if (plan.aio_max_nr) line += " --aio-max-nr " + std::to_string(*plan.aio_max_nr);
  for (const fault::FaultRule& rule : plan.rules) {
    line += " --fault " + shell_quoted(fault::print(rule));
  }
  if (options.timeout) line += " --timeout " + options.timeout_text;
  if (options.require_aio) line += " --require-aio";
  line += " --";
  for (const std::string& word : options.program) line += " " + shell_quoted(word);
  return line;
}

Settings settings_for(const fault::FaultPlan& plan, const std::string& session,
                      const std::vector<std::string>& preloads, const std::string& library,
                      const std::string& ld_preload_before) {
  std::string ld_preload;
  for (const std::string& first : preloads) ld_preload += first + ":";
  ld_preload += library;
  if (!ld_preload_before.empty()) ld_preload += ":" + ld_preload_before;
  Settings settings = {{"LD_PRELOAD", ld_preload}};
  if (!session.empty()) settings.emplace_back(host::kSessionVariable, session);
  fault::FaultPlan rules;
  rules.rules = plan.rules;
  settings.emplace_back(host::kPlanVariable, fault::print(rules));
  settings.emplace_back(host::kSeedVariable, std::to_string(plan.seed.value_or(0)));
  settings.emplace_back(host::kAioMaxNrVariable,
                        std::to_string(plan.aio_max_nr.value_or(host::kDefaultAioMaxNr)));
  return settings;
}

std::vector<std::string> merged(const std::vector<std::string>& environment,
                                const Settings& settings) {
  std::vector<std::string> result;
  const auto replaced = [&settings](const std::string& pair) {
    return std::any_of(settings.begin(), settings.end(), [&pair](const auto& setting) {
      return pair.rfind(setting.first + "=", 0) == 0;
    });
  };
  std::remove_copy_if(environment.begin(), environment.end(), std::back_inserter(result), replaced);
  for (const auto& [name, value] : settings) result.push_back(name + "=" + value);
  return result;
}

}  // namespace aioemu::cli
