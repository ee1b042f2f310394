#include "cli/run_options.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

#include "cli/report.h"
#include "fault/capabilities.h"
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

// What has an option and a variable of its own is left out.
fault::FaultPlan without_numbers(fault::FaultPlan plan) {
  plan.seed.reset();
  plan.aio_max_nr.reset();
  return plan;
}

// The statements that make up the plan. A profile's rules are named by the profile.
std::vector<std::string> statements_of(const fault::FaultPlan& plan) {
  fault::FaultPlan settings = without_numbers(plan);
  settings.rules.clear();
  std::vector<std::string> statements;
  std::istringstream lines(fault::print(settings));
  for (std::string line; std::getline(lines, line);) statements.push_back(line);
  for (const fault::FaultRule& rule : plan.rules) {
    const std::string& profile = rule.origin.profile;
    const std::string statement = profile.empty() ? fault::print(rule) : "profile " + profile;
    const bool there = !profile.empty() && !statements.empty() && statements.back() == statement;
    if (!there) statements.push_back(statement);
  }
  return statements;
}

}  // namespace

std::variant<fault::FaultPlan, std::string> combined_plan(const RunOptions& options) {
  fault::FaultPlan plan;
  for (const std::string& text : options.faults) {
    // A shell variable that nobody set, mostly: a run without faults would look like a good one.
    if (text.find_first_not_of(" \t\n") == std::string::npos) return "--fault: says nothing";
    if (const auto error = add(plan, text, "--fault")) return *error;
  }
  for (const std::string& path : options.plan_files) {
    if (const auto error = add_file(plan, path)) return *error;
  }
  for (const std::string& name : options.profiles) {
    if (const auto error = add(plan, "profile " + name, "--profile")) return *error;
  }
  if (options.seed) plan.seed = options.seed;
  if (options.aio_max_nr) plan.aio_max_nr = options.aio_max_nr;
  auto prepared = fault::prepare(plan, fault::run_capabilities());
  if (const auto* error = std::get_if<fault::PlanError>(&prepared)) return describe(*error);
  return std::get<fault::FaultPlan>(std::move(prepared));
}

std::string replay_line(const RunOptions& options, const fault::FaultPlan& plan) {
  std::string line = "aioemu run --seed " + std::to_string(plan.seed.value_or(0));
  if (plan.aio_max_nr) line += " --aio-max-nr " + std::to_string(*plan.aio_max_nr);
  for (const std::string& statement : statements_of(plan)) {
    line += " --fault " + shell_quoted(statement);
  }
  if (options.timeout) line += " --timeout " + options.timeout_text;
  if (options.require_aio) line += " --require-aio";
  if (options.require_fired) line += " --require-fired";
  line += options_of(options.reach);
  line += options_of(options.watch);
  line += " --";
  for (const std::string& word : options.program) line += " " + shell_quoted(word);
  return line;
}

Settings settings_for(const fault::FaultPlan& plan, const std::string& session,
                      const std::vector<std::string>& preloads, const std::string& library,
                      const std::string& ld_preload_before, const Reach& reach) {
  std::string ld_preload;
  for (const std::string& first : preloads) ld_preload += first + ":";
  ld_preload += library;
  if (!ld_preload_before.empty()) ld_preload += ":" + ld_preload_before;
  Settings settings = {{"LD_PRELOAD", ld_preload}};
  if (!session.empty()) settings.emplace_back(host::kSessionVariable, session);
  settings.emplace_back(host::kPlanVariable, fault::print(without_numbers(plan)));
  settings.emplace_back(host::kSeedVariable, std::to_string(plan.seed.value_or(0)));
  settings.emplace_back(host::kAioMaxNrVariable,
                        std::to_string(plan.aio_max_nr.value_or(host::kDefaultAioMaxNr)));
  for (const auto& setting : settings_of(reach)) settings.push_back(setting);
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
