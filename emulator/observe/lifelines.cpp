#include "observe/lifelines.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/errno.h"

namespace aioemu::observe {
namespace {

using Key = std::pair<std::uint64_t, std::uint64_t>;  // process, serial

std::string result_text(std::int64_t result) {
  constexpr std::int64_t kMostErrno = 4095;
  if (result >= 0 || result < -kMostErrno) return std::to_string(result);
  return std::string(errno_name(static_cast<Errno>(-result)));
}

void follow(Lifeline& line, const Record& record, std::size_t place) {
  switch (record.event) {
    case Event::started:
      line.started = record.time;
      break;
    case Event::completed:
      line.completed = record.time;
      line.result = record.result;
      break;
    case Event::reaped:
      line.reaped = record.time;
      break;
    case Event::fault:
      line.faults.push_back(place);
      break;
    default:
      break;
  }
}

}  // namespace

std::uint64_t Lifeline::end() const noexcept {
  std::uint64_t last = request.time;
  for (const auto& moment : {started, completed, reaped}) {
    if (moment) last = std::max(last, *moment);
  }
  return last;
}

std::vector<Lifeline> lifelines_of(const Trace& trace) {
  std::vector<Lifeline> lines;
  std::map<Key, std::size_t> places;
  std::map<Key, std::vector<std::size_t>> early;  // faults told before the acceptance
  for (std::size_t i = 0; i < trace.records.size(); ++i) {
    const Record& record = trace.records[i];
    if (record.serial == 0) continue;
    const Key key{record.who.process, record.serial};
    if (record.event == Event::accepted) {
      places[key] = lines.size();
      lines.push_back({record, {}, {}, {}, 0, std::move(early[key])});
      early.erase(key);
    } else if (const auto place = places.find(key); place != places.end()) {
      follow(lines[place->second], record, i);
    } else if (record.event == Event::fault) {
      early[key].push_back(i);
    }
  }
  return lines;
}

std::string description_of(const Record& request, const Trace& trace) {
  std::string text(word_of(request.op));
  if (text.empty()) text = "opcode " + std::to_string(static_cast<unsigned>(request.op));
  const bool moves = (fault::op_bit(request.op) & (fault::kReadOps | fault::kWriteOps)) != 0;
  if (moves) {
    text += " " + std::to_string(request.length) + " at " + std::to_string(request.offset);
  }
  const auto name = trace.files.find(request.file);
  text +=
      name != trace.files.end() ? " of " + name->second : " of fd " + std::to_string(request.fd);
  return text;
}

std::string outcome_of(const Lifeline& line) {
  return line.completed ? result_text(line.result) : "in flight";
}

std::string fault_text(const Record& fault, const Trace& trace) {
  const auto number = static_cast<std::size_t>(fault.rule);
  std::string text;
  if (fault.rule >= 0 && number < trace.header.rules.size()) {
    text = trace.header.rules[number];
  } else {
    text = "rule " + std::to_string(fault.rule);
  }
  // A rule without a name is called by its text, which says it all.
  const std::string action(action_word(fault.layer, fault.action));
  if (text.find(action) != std::string::npos) return text;
  text += ": " + action;
  if (fault.action == fault::Action::error) {
    text += " " + result_text(-static_cast<std::int64_t>(fault.amount));
  }
  return text;
}

}  // namespace aioemu::observe
