#include "tests/mutation/campaign.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstring>
#include <mutex>
#include <sstream>
#include <thread>

#include "base/prng.h"

namespace mutation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBaselineLimit{300'000};
constexpr milliseconds kLeastLimit{10'000};

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

ChildResult run_stage(const Stage& stage, int mutant, milliseconds limit) {
  // One seed: a verdict that a second run takes back would be worth nothing.
  return run_child(stage.command,
                   {"AIOEMU_MUTANT=" + std::to_string(mutant), "GTEST_COLOR=no", "GTEST_BRIEF=1",
                    "RC_PARAMS=seed=0"},
                   limit);
}

bool passed(const ChildResult& result) {
  return result.kind == ChildResult::Kind::exited && result.code == 0;
}

std::string evidence_of(const ChildResult& result) {
  if (result.kind == ChildResult::Kind::timed_out) return "does not end";
  const std::string failure = first_failure(result.output);
  if (!failure.empty()) return failure;
  if (result.kind == ChildResult::Kind::signalled) {
    return std::string{"signal: "} + strsignal(result.code);
  }
  return "exit status " + std::to_string(result.code);
}

// 127: the program could not even be started, which says nothing about the mutant.
void must_have_started(const Stage& stage, const ChildResult& result) {
  if (result.kind == ChildResult::Kind::exited && result.code == 127) {
    throw DataError("cannot run " + stage.command.front());
  }
}

Verdict try_mutant(const Mutant& mutant, const std::vector<Stage>& stages) {
  Verdict verdict;
  verdict.mutant = &mutant;
  for (const Stage& stage : stages) {
    if (!mutant.file.starts_with(stage.prefix)) continue;
    const ChildResult result = run_stage(stage, mutant.number, stage.limit);
    must_have_started(stage, result);
    verdict.elapsed += result.elapsed;
    if (passed(result)) continue;
    verdict.killed_by = stage.name;
    verdict.evidence = evidence_of(result);
    break;
  }
  return verdict;
}

std::string_view word_at(std::string_view text) {
  return text.substr(0, std::min(text.find_first_of(" ,\n"), text.size()));
}

}  // namespace

std::vector<Stage> parse_stages(std::string_view text, const std::string& title) {
  std::istringstream in{std::string{text}};
  std::vector<Stage> stages;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    const std::size_t first = line.find('|');
    const std::size_t second = line.find('|', first + 1);
    if (first == std::string::npos || second == std::string::npos) {
      throw DataError(title + ": not 'name | prefix | command': " + line);
    }
    const std::vector<std::string> prefix = words_of(line.substr(first + 1, second - first - 1));
    Stage stage;
    stage.name = line.substr(0, line.find_last_not_of(' ', first - 1) + 1);
    stage.prefix = prefix.empty() ? "" : prefix.front();
    stage.command = words_of(line.substr(second + 1));
    if (stage.command.empty()) throw DataError(title + ": no command: " + line);
    stages.push_back(stage);
  }
  return stages;
}

std::string check_baseline(std::vector<Stage>* stages) {
  for (Stage& stage : *stages) {
    const ChildResult result = run_stage(stage, 0, kBaselineLimit);
    must_have_started(stage, result);
    if (!passed(result)) {
      return "without any mutant, '" + stage.name + "' fails (" + evidence_of(result) + "):\n" +
             result.output;
    }
    stage.limit = std::max(kLeastLimit, 10 * result.elapsed);
  }
  return {};
}

std::vector<Verdict> run_campaign(const std::vector<const Mutant*>& mutants,
                                  const std::vector<Stage>& stages, unsigned jobs,
                                  const Progress& progress) {
  std::vector<Verdict> verdicts(mutants.size());
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::size_t done = 0;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < mutants.size(); i = next++) {
        verdicts[i] = try_mutant(*mutants[i], stages);
        const std::scoped_lock lock(mutex);
        progress(++done, verdicts[i]);
      }
    } catch (...) {
      next = mutants.size();
      const std::scoped_lock lock(mutex);
      failure = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(jobs, 1U); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  if (failure != nullptr) std::rethrow_exception(failure);
  return verdicts;
}

std::string first_failure(std::string_view output) {
  // GoogleTest's lines, and the conformance program's.
  static constexpr std::string_view kGoogleTest = "[  FAILED  ] ";
  static constexpr std::string_view kConformance = "\nFailures:\n  ";
  for (const std::string_view mark : {kConformance, kGoogleTest}) {
    const std::size_t at = output.find(mark);
    if (at != std::string_view::npos) return std::string{word_at(output.substr(at + mark.size()))};
  }
  return {};
}

std::vector<const Mutant*> sample_of(std::vector<const Mutant*> mutants, std::size_t count,
                                     std::uint64_t seed) {
  aioemu::Prng prng(seed);
  while (mutants.size() > count) {
    mutants.erase(mutants.begin() + static_cast<std::ptrdiff_t>(prng.below(mutants.size())));
  }
  return mutants;
}

}  // namespace mutation
