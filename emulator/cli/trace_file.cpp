#include "cli/trace_file.h"

#include "host/trace_tap.h"

namespace aioemu::cli {
namespace {

constexpr std::uint64_t kLook = 20'000'000;  // ns between looks when nobody rings
// A writer that has claimed a slot for so many looks in a row was killed before it filled it.
constexpr int kPatience = 100;
constexpr std::size_t kWriteAtOnce = std::size_t{1} << 20U;

}  // namespace

TraceFile::TraceFile(const std::string& path, const observe::TraceHeader& header,
                     host::SessionLayout& layout)
    : layout_(layout),
      file_(path, std::ios::binary | std::ios::trunc),
      writer_(header.rules,
              [&layout](std::uint64_t file) { return std::string(layout.files.find(file)); }) {
  file_ << observe::header_line(header);
  file_.flush();
}

TraceFile::~TraceFile() { stop(); }

void TraceFile::start() {
  thread_ = std::thread([this] { drain_until_stopped(); });
}

void TraceFile::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  host::ring_doorbell(layout_.trace);
  thread_.join();
}

bool TraceFile::finish() {
  stop();
  drain(true);
  if (lost() > 0) writer_.append_lost(text_, lost());
  file_ << text_;
  file_.close();
  return file_.good();
}

void TraceFile::drain_until_stopped() {
  int stuck = 0;
  while (!stopping_.load()) {
    const std::uint32_t before = layout_.trace.doorbell.load(std::memory_order_acquire);
    stuck = layout_.trace.waits_for_writer() ? stuck + 1 : 0;
    const bool found = drain(stuck > kPatience);
    if (!found && !stopping_.load()) host::wait_for_doorbell(layout_.trace, before, kLook);
  }
}

// False when there was nothing.
bool TraceFile::drain(bool give_up) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const std::size_t count = layout_.trace.drain(give_up, [this](const observe::Record& record) {
    writer_.append(text_, record);
    if (text_.size() < kWriteAtOnce) return;
    file_ << text_;
    text_.clear();
  });
  if (count > 0) file_ << text_ << std::flush;
  text_.clear();
  return count > 0;
}

void TraceFile::mark(std::uint64_t time, std::string_view text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string line;
  writer_.append_mark(line, time, text);
  file_ << line << std::flush;
}

void TraceFile::add_rule(const std::string& word, std::string_view text) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string line;
  writer_.append_rule(line, word, text);
  file_ << line << std::flush;
}

}  // namespace aioemu::cli
