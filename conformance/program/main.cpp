// aioemu-diff: random programs on the emulator and on this kernel. See docs/differential.md.
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "conformance/program/differ.h"
#include "conformance/program/recording.h"
#include "conformance/program/session.h"
#include "conformance/program/text.h"
#include "real/probe.h"

namespace conformance::program {
namespace {

constexpr int kDifferences = 1;
constexpr int kUsage = 2;
constexpr int kNotAvailable = 77;

struct Options {
  std::uint64_t seed = 0;
  std::uint64_t programs = 0;
  double minutes = 0;
  std::vector<std::string> replay;
  std::string save = ".";
  std::string recorded;
  std::string record;
  bool verbose = false;
  bool plant = false;
};

std::variant<Program, std::string> read_program(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return path + ": cannot be read";
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::variant<Program, ParseError> parsed = parse(text);
  if (const auto* error = std::get_if<ParseError>(&parsed)) {
    return path + ":" + std::to_string(error->line) + ":" + std::to_string(error->column) + ": " +
           error->message;
  }
  return std::get<Program>(std::move(parsed));
}

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file.good()) std::cerr << "aioemu-diff: " << path << ": cannot be written\n";
  return file.good();
}

int unavailable(const std::string& reason) {
  std::cout << "not available here: this kernel has no AIO (" << reason
            << "); --recorded FILE compares with what another kernel did\n";
  return kNotAvailable;
}

// ---- random programs ----

class Meter {
 public:
  void show(const Progress& progress) {
    if (!terminal_ || ++calls_ % 20 != 0) return;
    std::fprintf(stderr, "\r%llu programs, %llu statements ",
                 static_cast<unsigned long long>(progress.programs),
                 static_cast<unsigned long long>(progress.statements));
    shown_ = true;
  }
  ~Meter() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) == 1;
  bool shown_ = false;
  unsigned calls_ = 0;
};

void print_totals(const SessionResult& result, std::uint64_t seed) {
  std::cout << "seed " << seed << ": " << result.progress.programs << " programs, "
            << result.progress.statements << " statements";
  if (result.progress.unrepeated != 0) {
    std::cout << ", " << result.progress.unrepeated << " differences that did not repeat";
  }
  std::cout << "\n";
}

int tell_finding(const Finding& finding, const Options& options) {
  const std::string path = options.save + "/divergence-" + std::to_string(options.seed) + ".prog";
  std::cout << "\n" << print(finding.program) << "\n" << finding.story;
  if (!write_file(path, print(finding.program))) return kDifferences;
  // A planted mistake is not in the program: the session has to be repeated.
  const std::string replay =
      options.plant ? "--plant-mistake --seed " + std::to_string(options.seed) : "--replay " + path;
  std::cout << "\nreplay: aioemu diff " << replay << "\n";
  return kDifferences;
}

int compare_random(const Options& options) {
  Meter meter;
  SessionOptions session;
  session.seed = options.seed;
  session.programs = options.programs;
  session.seconds = static_cast<std::uint64_t>(options.minutes * 60);
  if (session.programs == 0 && session.seconds == 0) session.programs = 20'000;
  session.plant_mistake = options.plant;
  session.tell_unrepeated = options.verbose;
  session.report = [&meter](const Progress& progress) { meter.show(progress); };
  const SessionResult result = run_session(session);
  if (!result.unavailable.empty()) return unavailable(result.unavailable);
  print_totals(result, options.seed);
  if (result.finding) return tell_finding(*result.finding, options);
  return 0;
}

// ---- given programs ----

int replay(const Options& options) {
  int worst = 0;
  for (const std::string& path : options.replay) {
    const std::variant<Program, std::string> program = read_program(path);
    if (const auto* error = std::get_if<std::string>(&program)) {
      std::cerr << "aioemu-diff: " << *error << "\n";
      return kUsage;
    }
    const SessionResult result = run_program(std::get<Program>(program), 20, options.verbose);
    if (!result.unavailable.empty()) return unavailable(result.unavailable);
    if (result.finding) worst = kDifferences;
    std::cout << path << ": " << (result.finding ? "differs" : "same") << "\n";
    if (result.finding) std::cout << result.finding->story;
    if (!result.finding && options.verbose) std::cout << result.told;
  }
  return worst;
}

// ---- recordings ----

int compare_recorded(const Options& options) {
  std::ifstream file(options.recorded, std::ios::binary);
  if (!file) {
    std::cerr << "aioemu-diff: " << options.recorded << ": cannot be read\n";
    return kUsage;
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::variant<Recording, std::string> parsed = parse_recording(text);
  if (const auto* error = std::get_if<std::string>(&parsed)) {
    std::cerr << "aioemu-diff: " << options.recorded << ": " << *error << "\n";
    return kUsage;
  }
  const auto& recording = std::get<Recording>(parsed);
  const std::unique_ptr<Runner> emulator = make_world_runner(recording.machine);
  unsigned differing = 0;
  for (const Recorded& one : recording.entries) {
    Comparison comparison{emulator->run(one.program, nullptr), one.kernel, {}};
    comparison.divergence = compare(one.program, comparison.emulator, comparison.kernel);
    if (!comparison.divergence) continue;
    if (differing++ == 0) std::cout << story(one.program, comparison) << "\n";
  }
  std::cout << recording.entries.size() << " programs recorded on "
            << "Linux " << recording.machine.kernel << ": " << differing << " differ\n";
  return differing == 0 ? 0 : kDifferences;
}

// Programs that both sides agree about; those given, then random ones. A program whose answer is
// not the same twice is no use to anybody.
int record(const Options& options) {
  std::string why;
  const std::unique_ptr<Runner> kernel = make_kernel_runner(&why);
  if (kernel == nullptr) return unavailable(why);
  const std::unique_ptr<Runner> emulator = make_world_runner();
  Recording recording{this_machine(), {}};
  const auto add = [&](const Program& program) {
    const Transcript guide = emulator->run(program, nullptr);
    Transcript transcript = kernel->run(program, &guide);
    if (compare(program, guide, transcript)) return false;
    recording.entries.push_back({program, std::move(transcript)});
    return true;
  };
  for (const std::string& path : options.replay) {
    const std::variant<Program, std::string> program = read_program(path);
    if (const auto* error = std::get_if<std::string>(&program)) {
      std::cerr << "aioemu-diff: " << *error << "\n";
      return kUsage;
    }
    if (add(std::get<Program>(program))) continue;
    std::cerr << "aioemu-diff: " << path << ": the two sides differ\n";
    return kDifferences;
  }
  GenerateHints hints;
  hints.direct_per_1000 = 0;
  for (std::uint64_t i = 0; i < options.programs; ++i) {
    add(generate(aioemu::Prng::mix(options.seed) + i, hints));
  }
  return write_file(options.record, print(recording)) ? 0 : kUsage;
}

int run(const Options& options) {
  if (!options.recorded.empty()) return compare_recorded(options);
  if (!options.record.empty()) return record(options);
  if (!options.replay.empty()) return replay(options);
  return compare_random(options);
}

// ---- the command line ----

// The whole text as a number of this kind.
template <typename Number>
bool is_number(const std::string& text, Number* value) {
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, *value);
  return status == std::errc() && stop == end;
}

std::string problem_of_seed(const std::string& text) {
  std::uint64_t value = 0;
  return is_number(text, &value) ? "" : "not a number from 0 to 2^64 - 1: " + text;
}

std::string problem_of_programs(const std::string& text) {
  std::uint64_t value = 0;
  return is_number(text, &value) && value != 0 ? "" : "not a number above 0: " + text;
}

std::string problem_of_minutes(const std::string& text) {
  constexpr double kSecond = 1.0 / 60;
  constexpr double kYear = 366 * 24 * 60;
  double value = 0;
  const bool good = is_number(text, &value) && value >= kSecond && value <= kYear;
  return good ? "" : "not a number of minutes: " + text;
}

std::string problem_of_directory(const std::string& path) {
  return access(path.c_str(), W_OK | X_OK) == 0 ? "" : "not a directory to write to: " + path;
}

// A decimal number: 010 is ten.
CLI::Option* add_number(CLI::App* app, const std::string& name, std::uint64_t* value,
                        const std::string& help) {
  const auto set = [value](const std::string& text) { is_number(text, value); };
  return app->add_option_function<std::string>(name, set, help)->type_name("N");
}

void add_options(CLI::App* app, Options* options) {
  add_number(app, "--seed", &options->seed, "Decides the programs; default 0")
      ->check(problem_of_seed);
  add_number(app, "--programs", &options->programs, "So many programs; default 20000")
      ->check(problem_of_programs);
  app->add_option("--minutes", options->minutes, "For so long")
      ->type_name("M")
      ->check(problem_of_minutes);
  app->add_option("--replay,--program", options->replay, "Run this program (repeatable)")
      ->type_name("FILE");
  app->add_option("--save", options->save, "Where a divergence is written; default .")
      ->type_name("DIR")
      ->check(problem_of_directory);
  app->add_option("--recorded", options->recorded, "Compare with what another kernel did")
      ->type_name("FILE");
  app->add_option("--record", options->record, "Write down what this kernel does")
      ->type_name("FILE");
  app->add_flag("--verbose", options->verbose, "Tell the story of programs that agree, too");
  app->add_flag("--plant-mistake", options->plant, "Let the emulator lie: must be found");
  app->footer("Exit status: 0 no divergence, 1 divergence, 2 usage, 77 not available here.");
}

int main_of(int argc, char** argv) {
  Options options;
  CLI::App app("Runs random AIO programs on the emulator and on this kernel.", "aioemu diff");
  add_options(&app, &options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << "aioemu-diff: " << error.what() << " (aioemu diff --help)\n";
    return kUsage;
  }
  try {
    return run(options);
  } catch (const std::exception& problem) {
    std::cerr << "aioemu-diff: " << problem.what() << "\n";
    return kUsage;
  }
}

}  // namespace
}  // namespace conformance::program

int main(int argc, char** argv) { return conformance::program::main_of(argc, argv); }
