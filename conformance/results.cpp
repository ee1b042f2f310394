#include "conformance/results.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <utility>

namespace conformance {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "aioemu-conformance results 1";

json json_of(const JudgedBackend& backend) {
  return {{"name", backend.name}, {"kernel", backend.kernel}, {"facts", backend.facts}};
}

json json_of(const JudgedResult& one) {
  return {{"backend", one.raw.backend},
          {"area", one.raw.area},
          {"name", one.raw.name},
          {"verdict", verdict_name(one.verdict)},
          {"reason", one.reason},
          {"failures", one.raw.failures},
          {"unspecified", one.raw.notes.unspecified},
          {"milliseconds", one.raw.milliseconds}};
}

Verdict verdict_of(const std::string& name) {
  for (Verdict verdict : {Verdict::kPass, Verdict::kFail, Verdict::kBroken, Verdict::kNotApplicable,
                          Verdict::kDiffers}) {
    if (name == verdict_name(verdict)) return verdict;
  }
  throw std::invalid_argument("unknown verdict '" + name + "'");
}

JudgedBackend backend_of(const json& from, const std::string& machine) {
  JudgedBackend backend;
  backend.name = machine + "/" + from.at("name").get<std::string>();
  backend.kernel = from.at("kernel").get<std::string>();
  backend.facts = from.at("facts").get<std::map<std::string, std::string>>();
  return backend;
}

JudgedResult result_of(const json& from, const std::string& machine) {
  JudgedResult one;
  one.raw.backend = machine + "/" + from.at("backend").get<std::string>();
  one.raw.area = from.at("area").get<std::string>();
  one.raw.name = from.at("name").get<std::string>();
  one.verdict = verdict_of(from.at("verdict").get<std::string>());
  one.reason = from.at("reason").get<std::string>();
  one.raw.failures = from.at("failures").get<std::vector<std::string>>();
  one.raw.notes.unspecified = from.at("unspecified").get<std::vector<std::string>>();
  one.raw.milliseconds = from.at("milliseconds").get<std::int64_t>();
  return one;
}

Report report_of(const json& from, const std::string& machine) {
  if (from.at("format") != kFormat) throw std::invalid_argument("another format");
  Report report;
  for (const json& one : from.at("backends")) report.backends.push_back(backend_of(one, machine));
  for (const json& one : from.at("results")) report.results.push_back(result_of(one, machine));
  for (const json& one : from.at("suite_errors")) {
    report.suite_errors.push_back(machine + ": " + one.get<std::string>());
  }
  return report;
}

template <typename T>
void append(std::vector<T>&& from, std::vector<T>* to) {
  for (T& one : from) to->push_back(std::move(one));
}

std::pair<std::string, std::string> machine_and_backend(const std::string& name) {
  std::size_t slash = name.find('/');
  if (slash == std::string::npos) return {"", name};
  return {name.substr(0, slash), name.substr(slash + 1)};
}

using Verdicts = std::map<std::string, Verdict>;

Verdicts verdicts_of(const Report& report, const std::string& backend) {
  Verdicts verdicts;
  for (const JudgedResult& one : report.results) {
    if (one.raw.backend == backend) verdicts[one.raw.full_name()] = one.verdict;
  }
  return verdicts;
}

bool from_ledger(Verdict verdict) {
  return verdict == Verdict::kDiffers || verdict == Verdict::kNotApplicable;
}

void compare_tests(const Report& report, Agreement* agreement) {
  const Verdicts kernel = verdicts_of(report, agreement->kernel);
  const Verdicts emulator = verdicts_of(report, agreement->emulator);
  for (const auto& [test, on_kernel] : kernel) {
    const auto found = emulator.find(test);
    if (found == emulator.end()) {
      agreement->differences.push_back(test + ": did not run on the emulator");
    } else if (from_ledger(on_kernel) || from_ledger(found->second)) {
      ++agreement->tests_in_ledger;
    } else if (on_kernel == found->second) {
      ++agreement->tests_alike;
    } else {
      agreement->differences.push_back(test + ": " + verdict_name(on_kernel) + ", " +
                                       verdict_name(found->second));
    }
  }
}

void compare_facts(const JudgedBackend& kernel, const JudgedBackend& emulator,
                   Agreement* agreement) {
  for (const auto& [fact, value] : kernel.facts) {
    const auto found = emulator.facts.find(fact);
    const std::string imitated = found == emulator.facts.end() ? "missing" : found->second;
    if (value == imitated) {
      ++agreement->facts_alike;
    } else {
      agreement->differences.push_back(fact);
      agreement->differences.back() += ": " + value + ", " + imitated;
    }
  }
}

const JudgedBackend* emulator_beside(const Report& report, const std::string& machine) {
  for (const JudgedBackend& one : report.backends) {
    const auto [where, name] = machine_and_backend(one.name);
    if (where == machine && name.rfind("emulator:", 0) == 0) return &one;
  }
  return nullptr;
}

}  // namespace

void write_results(const Report& report, std::ostream& out) {
  json all{{"format", kFormat}, {"suite_errors", report.suite_errors}};
  all["backends"] = json::array();
  all["results"] = json::array();
  for (const JudgedBackend& one : report.backends) all["backends"].push_back(json_of(one));
  for (const JudgedResult& one : report.results) all["results"].push_back(json_of(one));
  // What a failing test printed may be any bytes.
  out << all.dump(1, ' ', true, json::error_handler_t::replace) << "\n";
}

bool read_results(std::istream& in, const std::string& machine, Report* report, std::string* why) {
  try {
    Report read = report_of(json::parse(in), machine);
    append(std::move(read.backends), &report->backends);
    append(std::move(read.results), &report->results);
    append(std::move(read.suite_errors), &report->suite_errors);
    return true;
  } catch (const std::exception& error) {
    *why = error.what();
    return false;
  }
}

std::vector<Agreement> agreements(const Report& report) {
  std::vector<Agreement> all;
  for (const JudgedBackend& one : report.backends) {
    const auto [machine, name] = machine_and_backend(one.name);
    const JudgedBackend* emulator = emulator_beside(report, machine);
    if (name != "kernel" || emulator == nullptr) continue;
    Agreement agreement;
    agreement.kernel = one.name;
    agreement.emulator = emulator->name;
    compare_facts(one, *emulator, &agreement);
    compare_tests(report, &agreement);
    all.push_back(std::move(agreement));
  }
  return all;
}

void print_agreements(const std::vector<Agreement>& all, std::ostream& out) {
  if (all.empty()) return;
  out << "\nThe emulator beside the kernel it imitates:\n";
  for (const Agreement& one : all) {
    out << "  " << one.kernel << " and " << one.emulator << ": "
        << (one.differences.empty() ? "agree" : "DISAGREE") << "; " << one.tests_alike
        << " tests and " << one.facts_alike << " facts alike, " << one.tests_in_ledger
        << " tests in the ledger\n";
    for (const std::string& difference : one.differences) out << "    " << difference << "\n";
  }
}

}  // namespace conformance
