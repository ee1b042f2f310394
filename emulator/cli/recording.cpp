#include "cli/recording.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>

#include "host/session.h"
#include "observe/replay.h"
#include "observe/timeline.h"

namespace aioemu::cli {
namespace {

observe::TraceHeader header_of(const RunOptions& options, const fault::FaultPlan& plan) {
  observe::TraceHeader header;
  header.aioemu = AIOEMU_VERSION;
  header.engine = "run";
  header.command = options.program;
  header.seed = plan.seed.value_or(0);
  header.aio_max_nr = plan.aio_max_nr.value_or(host::kDefaultAioMaxNr);
  header.plan = fault::print(plan);
  header.rules = observe::rule_words(plan);
  return header;
}

// The name of a new file, or empty.
std::string temporary_file() {
  const char* const directory = std::getenv("TMPDIR");
  std::string path = directory != nullptr && *directory != '\0' ? directory : "/tmp";
  path += "/aioemu-trace-XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) return "";
  close(fd);
  return path;
}

}  // namespace

std::variant<observe::Trace, std::string> load_trace(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  std::array<char, 65536> block{};
  while (file.read(block.data(), block.size()), file.gcount() > 0) {
    text.append(block.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) return "cannot read the trace " + path;
  auto trace = observe::read_trace(text);
  if (const auto* reason = std::get_if<std::string>(&trace)) return path + ": " + *reason;
  return std::get<observe::Trace>(std::move(trace));
}

std::string take_replay(RunOptions& options) {
  if (options.replay_file.empty()) return "";
  const bool has_plan = !options.faults.empty() || !options.plan_files.empty() ||
                        !options.profiles.empty() || options.seed || options.aio_max_nr;
  if (has_plan) return "--replay: plan, seed and limit are those of the trace; leave them out";
  auto loaded = load_trace(options.replay_file);
  if (const auto* reason = std::get_if<std::string>(&loaded)) return "--replay: " + *reason;
  auto& trace = std::get<observe::Trace>(loaded);
  if (trace.lost > 0) return "--replay: " + options.replay_file + " is not whole";
  if (!trace.header.plan.empty()) options.faults = {trace.header.plan};
  options.seed = trace.header.seed;
  if (trace.header.aio_max_nr != host::kDefaultAioMaxNr) {
    options.aio_max_nr = trace.header.aio_max_nr;
  }
  if (options.program.empty()) options.program = trace.header.command;
  options.replayed = std::make_shared<observe::Trace>(std::move(trace));
  return "";
}

bool wants_trace(const RunOptions& options) {
  return !options.trace_file.empty() || !options.timeline_file.empty() ||
         !options.replay_file.empty();
}

Recording::Recording(const RunOptions& options, const fault::FaultPlan& plan,
                     host::SessionLayout* layout)
    : options_(options), plan_(plan), layout_(layout), path_(options.trace_file) {}

Recording::~Recording() {
  trace_.reset();
  if (is_temporary_) unlink(path_.c_str());
}

std::string Recording::start() {
  if (!wants_trace(options_)) return "";
  if (path_.empty()) {
    path_ = temporary_file();
    is_temporary_ = !path_.empty();
    if (path_.empty()) return "cannot make a temporary file for the trace";
  }
  if (!options_.timeline_file.empty() && !std::ofstream(options_.timeline_file, std::ios::app)) {
    return "cannot write " + options_.timeline_file;
  }
  trace_.emplace(path_, header_of(options_, plan_), *layout_);
  if (!trace_->good()) return "cannot write " + path_;
  trace_->start();
  return "";
}

std::string Recording::finish() {
  if (!trace_) return "";
  if (!trace_->finish()) return "cannot write " + path_;
  if (options_.timeline_file.empty() && options_.replay_file.empty()) return "";
  const auto loaded = load_trace(path_);
  if (const auto* reason = std::get_if<std::string>(&loaded)) return *reason;
  const auto& trace = std::get<observe::Trace>(loaded);
  if (!options_.timeline_file.empty()) {
    std::ofstream file(options_.timeline_file, std::ios::binary | std::ios::trunc);
    file << observe::chrome_timeline(trace);
    file.close();
    if (!file.good()) return "cannot write " + options_.timeline_file;
  }
  if (options_.replayed != nullptr) compare(trace);
  return "";
}

void Recording::compare(const observe::Trace& came) {
  const auto divergence = observe::first_divergence(*options_.replayed, came);
  if (!divergence) return;
  divergence_ = "aioemu: DIVERGED from " + options_.replay_file +
                "\naioemu:   expected: " + divergence->expected +
                "\naioemu:   came:     " + divergence->came + "\n";
}

}  // namespace aioemu::cli
