#include <algorithm>
#include <map>
#include <utility>

#include "observe/lifelines.h"
#include "observe/timeline.h"

namespace aioemu::observe {
namespace {

using Context = std::pair<std::uint64_t, std::uint64_t>;  // process, context
using Lines = std::vector<const Lifeline*>;

constexpr std::size_t kLeastBar = 10;

// "1.5 ms".
std::string spoken(std::uint64_t ns) {
  constexpr std::pair<std::uint64_t, const char*> kUnits[] = {
      {1'000'000'000, " s"}, {1'000'000, " ms"}, {1'000, " us"}};
  for (const auto& [unit, word] : kUnits) {
    if (ns < unit) continue;
    const std::uint64_t tenths = ns / (unit / 10);
    std::string text = std::to_string(tenths / 10);
    if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
    return text + word;
  }
  return std::to_string(ns) + " ns";
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() > width) {
    text.resize(width > 1 ? width - 1 : width);
    text += "~";
  }
  text.append(width - std::min(width, text.size()), ' ');
  return text;
}

// Is there something to see about it?
bool stands_out(const Lifeline& line) {
  return !line.faults.empty() || !line.completed || line.result < 0;
}

// At most `rows`, in order: what stands out first, then from the beginning.
Lines chosen(const Lines& all, std::size_t rows) {
  if (all.size() <= rows) return all;
  Lines some;
  for (const bool want : {true, false}) {
    for (const Lifeline* line : all) {
      if (some.size() < rows && stands_out(*line) == want) some.push_back(line);
    }
  }
  std::sort(some.begin(), some.end(), [](const Lifeline* a, const Lifeline* b) {
    return a->request.serial < b->request.serial;
  });
  return some;
}

class Picture {
 public:
  Picture(const Trace& trace, const TextTimeline& size, const Lines& lines)
      : trace_(trace), size_(size), all_(lines), lines_(chosen(lines, size.rows)) {
    begin_ = all_.front()->begin();
    for (const Lifeline* line : all_) end_ = std::max(end_, line->end());
    for (const Lifeline* line : lines_) {
      about_ = std::max(about_, about(*line).size());
      said_ = std::max(said_, said(*line).size());
    }
    about_ = std::min(about_, size_.width * 2 / 5);
    said_ = std::min(said_, size_.width / 3);
    const std::size_t taken = about_ + said_ + 3;
    bar_ = std::max(kLeastBar, size_.width - std::min(size_.width, taken));
  }

  std::string draw() const {
    const Lifeline& first = *all_.front();
    std::string text = "process " + std::to_string(first.process()) + ", ctx " +
                       std::to_string(first.context() + 1) + ": " + std::to_string(all_.size()) +
                       (all_.size() == 1 ? " request, " : " requests, ") + spoken(begin_) + " to " +
                       spoken(end_) + "\n";
    for (const Lifeline* line : lines_) text += row(*line);
    if (lines_.size() < all_.size()) {
      text += "... and " + std::to_string(all_.size() - lines_.size()) +
              " more requests without anything remarkable\n";
    }
    return text;
  }

 private:
  std::string row(const Lifeline& line) const {
    std::string text = padded(about(line), about_) + " |" + bar(line) + "|" + said(line);
    const std::size_t end = text.find_last_not_of(' ');
    if (text.size() > size_.width) text = padded(text, size_.width);
    return text.substr(0, std::min(end + 1, size_.width)) + "\n";
  }

  std::string about(const Lifeline& line) const {
    return std::to_string(line.request.serial) + " " + description_of(line.request, trace_);
  }

  std::string said(const Lifeline& line) const {
    std::string text = " " + outcome_of(line);
    for (const std::size_t fault : line.faults) {
      text += "  ! " + fault_text(trace_.records[fault], trace_);
    }
    return text;
  }

  std::size_t column(std::uint64_t time) const {
    const auto past = static_cast<double>(time - begin_);
    const auto whole = static_cast<double>(std::max<std::uint64_t>(end_ - begin_, 1));
    return std::min(bar_ - 1, static_cast<std::size_t>(past / whole * static_cast<double>(bar_)));
  }

  void fill(std::string& bar, std::uint64_t from, std::uint64_t to, char with) const {
    for (std::size_t i = column(from); i <= column(to); ++i) bar[i] = with;
  }

  std::string bar(const Lifeline& line) const {
    std::string bar(bar_, ' ');
    const std::uint64_t done = line.completed.value_or(end_);
    if (line.reaped) fill(bar, done, *line.reaped, '.');
    fill(bar, line.begin(), done, '-');
    if (line.started) fill(bar, *line.started, done, '=');
    if (line.completed) bar[column(done)] = line.result < 0 ? 'x' : '*';
    for (const std::size_t fault : line.faults) {
      bar[column(std::clamp(trace_.records[fault].time, begin_, end_))] = '!';
    }
    return bar;
  }

  const Trace& trace_;
  const TextTimeline size_;
  const Lines& all_;
  const Lines lines_;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  std::size_t about_ = 0;
  std::size_t said_ = 0;
  std::size_t bar_ = 0;
};

// Faults that no request is behind: of whole calls.
std::string faults_of_calls(const Trace& trace) {
  std::string text;
  for (const Record& record : trace.records) {
    if (record.event != Event::fault || record.serial != 0) continue;
    text += "at " + spoken(record.time) + ": process " + std::to_string(record.who.process) +
            ", ctx " + std::to_string(record.who.context + 1) + ": call " +
            std::to_string(record.who.submit + 1) + ": " + fault_text(record, trace) + "\n";
  }
  for (const TraceMark& mark : trace.marks) {
    text += "at " + spoken(mark.time) + ": mark: " + mark.text + "\n";
  }
  return text;
}

}  // namespace

std::string text_timeline(const Trace& trace, const TextTimeline& size) {
  const std::vector<Lifeline> all = lifelines_of(trace);
  std::map<Context, Lines> contexts;
  for (const Lifeline& line : all) contexts[{line.process(), line.context()}].push_back(&line);
  std::string text;
  for (const auto& [context, lines] : contexts) text += Picture(trace, size, lines).draw() + "\n";
  if (all.empty()) text = "no request\n\n";
  text += faults_of_calls(trace);
  if (trace.lost > 0) text += std::to_string(trace.lost) + " records are missing\n";
  return text + "- in flight  = under way  * completed  x failed  ! fault  . not yet reaped\n";
}

}  // namespace aioemu::observe
