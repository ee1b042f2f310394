#include "cli/sweep_command.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <variant>

#include "cli/duration.h"
#include "cli/paths.h"
#include "cli/program.h"
#include "cli/sweep_job.h"
#include "cli/sweep_points.h"
#include "cli/sweep_pool.h"
#include "cli/sweep_result.h"

namespace aioemu::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kFailuresFound = 1;
constexpr int kCannotSweep = 2;
constexpr int kNotAvailable = 77;

int complain(int status, const std::string& message) {
  fmt::print(stderr, "aioemu: {}\n", message);
  return status;
}

// As a shell shows it.
int status_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

// The directory below which the runs have theirs: gone in the end, unless it is to be kept.
class SweepRoot {
 public:
  explicit SweepRoot(const std::string& keep) : kept_(!keep.empty()) {
    std::error_code error;
    if (kept_) {
      fs::create_directories(keep, error);
      path_ = fs::absolute(keep, error).string();
      if (!fs::is_directory(path_, error)) path_.clear();
      return;
    }
    std::string name = (fs::temp_directory_path(error) / "aioemu-sweep-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~SweepRoot() {
    if (!kept_ && !path_.empty()) remove(path_);
  }
  SweepRoot(const SweepRoot&) = delete;
  SweepRoot& operator=(const SweepRoot&) = delete;

  [[nodiscard]] bool good() const { return !path_.empty(); }
  // A new directory; the name is free for another run once it has been removed.
  [[nodiscard]] SweepPlace make(const std::string& name) const {
    const SweepPlace place{path_ + "/" + name};
    remove(place.root);
    std::error_code error;
    fs::create_directories(place.scratch(), error);
    return place;
  }
  static void remove(const std::string& path) {
    std::error_code error;
    fs::remove_all(path, error);
  }

 private:
  bool kept_;
  std::string path_;
};

// "12 of 40 runs, 1 failure" on a terminal, over and over in the same line.
class Progress {
 public:
  Progress(std::size_t all, bool terminal) : all_(all), terminal_(terminal) {}
  ~Progress() {
    if (terminal_) fmt::print(stderr, "\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void step(bool failure) {
    ++runs_;
    if (failure) ++failures_;
    if (!terminal_) return;
    fmt::print(stderr, "\raioemu: {} of {} runs, {} failed\033[K", runs_, all_, failures_);
    static_cast<void>(fflush(stderr));
  }

 private:
  std::size_t all_;
  bool terminal_;
  std::size_t runs_ = 0;
  std::size_t failures_ = 0;
};

class Sweep {
 public:
  Sweep(const SweepOptions& options, fault::FaultPlan plan)
      : options_(options), plan_(std::move(plan)), root_(options.keep) {}

  int go() {
    if (!root_.good()) return complain(kCannotSweep, "cannot make a directory for the runs");
    for (const std::string& path : {options_.report_file, options_.junit_file}) {
      if (!path.empty() && !std::ofstream(path, std::ios::app).good()) {
        return complain(kCannotSweep, "cannot write " + path);
      }
    }
    for (const fault::FaultRule& rule : plan_.rules) report_.rules.push_back({rule, 0});
    report_.program = options_.run.program;
    report_.seed = plan_.seed.value_or(0);
    if (const int status = count_points(); status != 0) return status;
    run_all();
    return finish();
  }

 private:
  // A run without faults: is the program all right, and where could faults happen?
  int count_points() {
    fault::FaultPlan counting_plan = plan_;
    for (fault::FaultRule& rule : counting_plan.rules) rule = counting(rule);
    counting_plan.profiles.clear();
    const SweepPlace place = root_.make("without-faults");
    SweepPool pool(signals_, 1);
    PoolResult result;
    bool started = false;
    const int interrupted = pool.run(
        [&]() -> std::optional<PoolTask> {
          if (started) return std::nullopt;
          started = true;
          return task_of(0, place, counting_plan, options_.run.timeout_text);
        },
        [&](const PoolResult& done) { result = done; });
    if (interrupted != 0) return 128 + interrupted;
    const SweepRun run = read_sweep_run(place, counting_plan, status_of(result.wait_status), {});
    if (const int status = check_faultless(run); status != 0) return status;
    read_points(place);
    report_.seconds = result.seconds;
    settle_jobs(!fs::is_empty(place.scratch()));
    SweepRoot::remove(place.root);
    if (report_.points() > 0) return 0;
    return complain(kCannotSweep,
                    "none of the rules could ever fire in this program: nothing was tested");
  }

  static int check_faultless(const SweepRun& run) {
    if (run.fate != Fate::survived) {
      return complain(kCannotSweep, "without any fault the program already fails: " + ending(run) +
                                        (run.said.empty() ? "" : ": " + run.said));
    }
    if (run.used_aio) return 0;
    return complain(kCannotSweep, "the program made no AIO call: nothing to sweep");
  }

  void read_points(const SweepPlace& place) {
    const std::vector<std::uint64_t> eligible = read_eligible(place);
    for (std::size_t i = 0; i < report_.rules.size() && i < eligible.size(); ++i) {
      report_.rules[i].points = eligible[i];
    }
  }

  // Programs that share files would see each other's faults: several at once only for one that
  // keeps to its directory.
  void settle_jobs(bool left_files) {
    wants_scratch_ = left_files || names_scratch(options_.run.program);
    const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    report_.jobs = options_.jobs != 0 ? options_.jobs : wants_scratch_ ? processors : 1;
    report_.timeout = options_.run.timeout_text;
    if (!report_.timeout.empty()) return;
    constexpr double kPatience = 10;
    const double wait = std::max(kPatience, std::ceil(kPatience * report_.seconds));
    report_.timeout = fmt::format("{:.0f}s", wait);
  }

  PoolTask task_of(std::size_t id, const SweepPlace& place, const fault::FaultPlan& plan,
                   const std::string& timeout) const {
    PoolTask task;
    task.id = id;
    task.words = sweep_words(options_.run.program, plan, timeout, place);
    task.output = place.output();
    std::vector<std::string> environment;
    for (char** pair = environ; *pair != nullptr; ++pair) environment.emplace_back(*pair);
    task.environment = merged(environment, {{kSweepDirectory, place.scratch()}});
    return task;
  }

  struct Job {
    std::size_t rule;
    std::uint64_t nth;
    SweepPlace place;
    fault::FaultPlan plan;
  };

  void run_all() {
    std::vector<std::uint64_t> points;
    for (const SweptRule& swept : report_.rules) points.push_back(swept.points);
    std::vector<std::pair<std::size_t, std::uint64_t>> wanted;
    const auto chosen = chosen_points(points, options_.most);
    for (std::size_t rule = 0; rule < chosen.size(); ++rule) {
      for (const std::uint64_t nth : chosen[rule]) wanted.emplace_back(rule, nth);
    }
    Progress progress(wanted.size(), isatty(STDERR_FILENO) != 0);
    std::vector<Job> jobs;
    SweepPool pool(signals_, report_.jobs);
    interrupted_ = pool.run(
        [&]() -> std::optional<PoolTask> {
          if (jobs.size() == wanted.size()) return std::nullopt;
          const auto& [rule, nth] = wanted[jobs.size()];
          jobs.push_back(make_job(rule, nth));
          return task_of(jobs.size() - 1, jobs.back().place, jobs.back().plan, report_.timeout);
        },
        [&](const PoolResult& result) {
          // What was interrupted proves nothing.
          if (pool.interrupted()) return;
          progress.step(take_in(jobs[result.id], result));
        });
    report_.interrupted = interrupted_ != 0;
  }

  Job make_job(std::size_t rule, std::uint64_t nth) const {
    return {rule, nth, root_.make(fmt::format("rule-{}-when-{}", rule + 1, nth)),
            plan_with(plan_, at_point(report_.rules[rule].rule, nth))};
  }

  // True for a failure.
  bool take_in(const Job& job, const PoolResult& result) {
    SweepRun run =
        read_sweep_run(job.place, job.plan, status_of(result.wait_status), options_.error_statuses);
    run.rule = job.rule;
    run.nth = job.nth;
    run.seconds = result.seconds;
    run.plan = print(job.plan);
    RunOptions replayed = options_.run;
    replayed.timeout_text = report_.timeout;
    replayed.timeout = parse_duration(report_.timeout);
    run.replay = sweep_replay(replayed, job.plan, wants_scratch_);
    report_.runs.push_back(run);
    const bool failure = is_failure(run.fate);
    if (!failure || options_.keep.empty()) SweepRoot::remove(job.place.root);
    return failure;
  }

  int finish() {
    std::sort(report_.runs.begin(), report_.runs.end(), [](const SweepRun& a, const SweepRun& b) {
      return std::pair(a.rule, a.nth) < std::pair(b.rule, b.nth);
    });
    fmt::print("{}", sweep_table(report_));
    if (!write(options_.report_file, sweep_json) || !write(options_.junit_file, sweep_junit)) {
      return kCannotSweep;
    }
    if (report_.interrupted) return 128 + interrupted_;
    return report_.failures() > 0 ? kFailuresFound : 0;
  }

  [[nodiscard]] bool write(const std::string& path,
                           std::string (*text_of)(const SweepReport&)) const {
    if (path.empty()) return true;
    std::ofstream file(path, std::ios::binary);
    file << text_of(report_);
    file.close();
    if (!file.good()) complain(0, "cannot write " + path);
    return file.good();
  }

  const SweepOptions& options_;
  const fault::FaultPlan plan_;
  const HeldSignals signals_;  // before the directories, which must not stay behind
  SweepRoot root_;
  SweepReport report_;
  bool wants_scratch_ = false;
  int interrupted_ = 0;
};

// What is asked for, or the default.
std::variant<fault::FaultPlan, std::string> swept_plan(const RunOptions& options) {
  auto combined = combined_plan(options);
  if (auto* plan = std::get_if<fault::FaultPlan>(&combined); plan != nullptr) {
    const bool asked = !options.profiles.empty() || !plan->rules.empty();
    if (!asked) plan->rules = default_rules(fault::run_capabilities());
    if (plan->rules.empty()) return "there is no rule to sweep";
  }
  return combined;
}

}  // namespace

int sweep_command(const SweepOptions& options) {
  if (options.run.program.empty()) {
    return complain(kCannotSweep, "no program given: aioemu sweep [options] -- program args...");
  }
  const auto plan = swept_plan(options.run);
  if (const auto* reason = std::get_if<std::string>(&plan)) return complain(kCannotSweep, *reason);
  if (preload_library().empty()) {
    return complain(kNotAvailable,
                    "the preload library is not where it belongs (see `aioemu doctor`)");
  }
  const char* path = std::getenv("PATH");
  const Program program = examine(options.run.program[0], path == nullptr ? "" : path);
  if (program.exit_status != 0) {
    const bool unserved = program.exit_status == kExitFailed;
    return complain(unserved ? kNotAvailable : kCannotSweep, program.refusal);
  }
  return Sweep(options, std::get<fault::FaultPlan>(plan)).go();
}

}  // namespace aioemu::cli
