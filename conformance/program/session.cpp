#include "conformance/program/session.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>

#include "conformance/program/bytes.h"
#include "conformance/program/differ.h"
#include "conformance/program/shrink.h"
#include "conformance/program/text.h"

namespace conformance::program {
namespace {

constexpr unsigned kRepeats = 3;
constexpr unsigned kShrinkAttempts = 400;
constexpr std::size_t kProgramBytes = 16384;
constexpr std::size_t kStoryBytes = 1 << 18;

enum class Outcome : int { running, done, found, unavailable };

// Between the parent and its child.
struct Shared {
  std::atomic<std::uint64_t> beat{0};  // rises with every program that begins
  std::atomic<std::uint64_t> programs{0};
  std::atomic<std::uint64_t> statements{0};
  std::atomic<std::uint64_t> unrepeated{0};
  std::atomic<Outcome> outcome{Outcome::running};
  std::uint32_t program_size = 0;  // of what runs now, or of what was found
  std::uint32_t story_size = 0;
  std::uint8_t program[kProgramBytes];
  char story[kStoryBytes];

  void begin(const Program& one) {
    const std::vector<std::uint8_t> bytes = encode(one);
    program_size = static_cast<std::uint32_t>(std::min(bytes.size(), kProgramBytes));
    std::memcpy(program, bytes.data(), program_size);
    ++beat;
  }
  void tell(const std::string& text) {
    story_size = static_cast<std::uint32_t>(std::min(text.size(), kStoryBytes));
    std::memcpy(story, text.data(), story_size);
  }
  [[nodiscard]] Program current() const { return decode({program, program_size}); }
  [[nodiscard]] std::string told() const { return {story, story_size}; }
};

class SharedPages {
 public:
  SharedPages() {
    void* made =
        mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) throw std::runtime_error("mmap failed");
    shared_ = new (made) Shared;
  }
  ~SharedPages() { munmap(shared_, sizeof(Shared)); }
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;
  [[nodiscard]] Shared& get() const { return *shared_; }

 private:
  Shared* shared_;
};

// Says that every submit took one request less than it did.
class Liar final : public Runner {
 public:
  explicit Liar(std::unique_ptr<Runner> honest) : honest_(std::move(honest)) {}
  Transcript run(const Program& program, const Transcript* guide) override {
    Transcript transcript = honest_->run(program, guide);
    for (std::size_t i = 0; i < transcript.steps.size(); ++i) {
      if (program.statements[i].verb != Verb::submit || transcript.steps[i].result <= 1) continue;
      --transcript.steps[i].result;
    }
    return transcript;
  }
  std::array<std::uint16_t, kStanding> position() override { return honest_->position(); }
  [[nodiscard]] const char* name() const override { return honest_->name(); }

 private:
  std::unique_ptr<Runner> honest_;
};

std::uint64_t now_seconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec);
}

// ---- in the child ----

std::unique_ptr<Differ> make_differ(Shared& shared, bool lie) {
  std::string why;
  std::unique_ptr<Runner> kernel = make_kernel_runner(&why);
  if (kernel == nullptr) {
    shared.tell(why);
    shared.outcome = Outcome::unavailable;
    return nullptr;
  }
  std::unique_ptr<Runner> emulator = make_world_runner();
  if (lie) emulator = std::make_unique<Liar>(std::move(emulator));
  return std::make_unique<Differ>(std::move(emulator), std::move(kernel));
}

// A kernel does some things at a moment of its own choosing. What is not there again when the
// program runs again is counted, not reported.
bool repeats(Shared& shared, Differ& differ, const Program& program) {
  for (unsigned i = 0; i < kRepeats; ++i) {
    shared.begin(program);
    if (!differ.compare(program).divergence) return false;
  }
  return true;
}

void make_small_and_tell(Shared& shared, Differ& differ, const Program& program,
                         const std::string& what) {
  const auto still_fails = [&](const Program& candidate) {
    shared.begin(candidate);
    const Comparison comparison = differ.compare(candidate);
    return comparison.divergence && comparison.divergence->what == what;
  };
  Program small = shrink(program, still_fails, kShrinkAttempts);
  Comparison comparison = differ.compare(small);
  if (!comparison.divergence) {
    small = program;
    comparison = differ.compare(small);
  }
  shared.begin(small);
  shared.tell(story(small, comparison));
  shared.outcome = Outcome::found;
}

void run_many(Shared& shared, const SessionOptions& options) {
  const std::unique_ptr<Differ> differ = make_differ(shared, options.plant_mistake);
  if (differ == nullptr) return;
  const std::uint64_t end = options.seconds == 0 ? 0 : now_seconds() + options.seconds;
  for (std::uint64_t i = 0; options.programs == 0 || i < options.programs; ++i) {
    if (end != 0 && i % 64 == 0 && now_seconds() >= end) break;
    Program program = generate(aioemu::Prng::mix(options.seed) + i, options.hints);
    shared.begin(program);
    const Comparison comparison = differ->compare_here(&program);
    ++shared.programs;
    shared.statements += program.statements.size();
    if (!comparison.divergence) continue;
    if (!repeats(shared, *differ, program)) {
      ++shared.unrepeated;
      if (options.tell_unrepeated) {
        const std::string text =
            "did not repeat:\n" + print(program) + "\n" + story(program, comparison) + "\n";
        static_cast<void>(!::write(STDOUT_FILENO, text.data(), text.size()));
      }
      continue;
    }
    return make_small_and_tell(shared, *differ, program, comparison.divergence->what);
  }
  shared.outcome = Outcome::done;
}

void run_one(Shared& shared, const Program& program, bool always_tell) {
  const std::unique_ptr<Differ> differ = make_differ(shared, false);
  if (differ == nullptr) return;
  shared.begin(program);
  const Comparison comparison = differ->compare(program);
  ++shared.programs;
  shared.statements += program.statements.size();
  if (comparison.divergence || always_tell) shared.tell(story(program, comparison));
  shared.begin(program);
  shared.outcome = comparison.divergence ? Outcome::found : Outcome::done;
}

// ---- in the parent ----

template <typename Body>
pid_t start_child(Shared& shared, Body body) {
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child > 0) return child;
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  try {
    body();
    _exit(0);
  } catch (const std::exception& problem) {
    shared.tell(problem.what());
    _exit(3);
  }
}

Progress progress_of(const Shared& shared) {
  return {shared.programs, shared.statements, shared.unrepeated};
}

// Waits for the child; kills it when it begins nothing new. What ended it, empty when it ended
// by itself.
std::string watch(pid_t child, const Shared& shared, const SessionOptions& options) {
  std::uint64_t last = shared.beat;
  unsigned idle = 0;
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) {
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
      if (WIFEXITED(status)) return "cannot go on: " + shared.told();
      return std::string("was ended by signal ") + strsignal(WTERMSIG(status));
    }
    const timespec pause{0, shared.outcome == Outcome::running ? 50'000'000 : 1'000'000};
    nanosleep(&pause, nullptr);
    if (options.report) options.report(progress_of(shared));
    idle = shared.beat == last ? idle + 1 : 0;
    last = shared.beat;
    if (idle < options.patience_seconds * 20) continue;
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return "began nothing new for " + std::to_string(options.patience_seconds) + " s";
  }
}

SessionResult result_of(const Shared& shared, const std::string& ended) {
  SessionResult result;
  result.progress = progress_of(shared);
  result.told = shared.told();
  const Outcome outcome = shared.outcome;
  if (outcome == Outcome::unavailable) {
    result.unavailable = shared.told();
  } else if (outcome == Outcome::found) {
    result.finding = Finding{shared.current(), shared.told(), false};
  } else if (!ended.empty()) {
    result.finding =
        Finding{shared.current(), "the process that ran this program " + ended + "\n", true};
  }
  return result;
}

template <typename Body>
SessionResult in_child(const SessionOptions& options, Body body) {
  const SharedPages pages;
  Shared& shared = pages.get();
  const pid_t child = start_child(shared, [&] { body(shared); });
  return result_of(shared, watch(child, shared, options));
}

// A crash has no transcripts to compare: whatever still crashes is smaller.
void shrink_crash(Finding* finding, unsigned patience_seconds) {
  const auto still_crashes = [patience_seconds](const Program& candidate) {
    const SessionResult again = run_program(candidate, patience_seconds);
    return again.finding && again.finding->crashed;
  };
  if (!still_crashes(finding->program)) return;
  finding->program = shrink(finding->program, still_crashes, 60);
}

}  // namespace

SessionResult run_session(const SessionOptions& options) {
  SessionResult result =
      in_child(options, [&options](Shared& shared) { run_many(shared, options); });
  if (result.finding && result.finding->crashed) shrink_crash(&*result.finding, 3);
  return result;
}

SessionResult run_program(const Program& program, unsigned patience_seconds, bool always_tell) {
  SessionOptions options;
  options.patience_seconds = patience_seconds;
  return in_child(options, [&](Shared& shared) { run_one(shared, program, always_tell); });
}

}  // namespace conformance::program
