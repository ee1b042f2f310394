#include "observe/finding.h"

#include <algorithm>

#include "base/errno.h"
#include "fault/sites.h"

namespace aioemu::observe {
namespace {

std::string number(std::uint64_t value) { return std::to_string(value); }
std::string number(std::int64_t value) { return std::to_string(value); }

std::string hex(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[value % 16]);
    value /= 16;
  } while (value != 0);
  return "0x" + text;
}

std::string plural(std::uint64_t count, const std::string& one) {
  return number(count) + " " + one + (count == 1 ? "" : "s");
}

bool is_transfer(abi::Opcode op) noexcept {
  constexpr fault::OpSet kTransfers = fault::kReadOps | fault::kWriteOps;
  return static_cast<unsigned>(op) < 32 && (kTransfers & fault::op_bit(op)) != 0;
}

std::string ask(const std::function<std::string(std::uint64_t)>& names, std::uint64_t value) {
  return names && value != 0 ? names(value) : std::string();
}

std::string rule_text(const Names& names, std::int32_t rule) {
  std::string text;
  if (names.rule && rule >= 0) text = names.rule(rule);
  return text.empty() ? "rule " + number(std::int64_t{rule} + 1) : "\"" + text + "\"";
}

// "fd 5 (data.db)"
std::string file_text(const Record& record, const Names& names) {
  std::string text = "fd " + number(std::int64_t{record.fd});
  const std::string path = ask(names.file, record.file);
  if (!path.empty()) text += " (" + path + ")";
  return text;
}

std::string called_from(const Record& record, const Names& names) {
  if (record.caller == 0) return "";
  const std::string code = ask(names.code, record.caller);
  return ", called from " + (code.empty() ? hex(record.caller) : code);
}

std::string request_text(const Record& record, const Names& names) {
  const std::string_view word = word_of(record.op);
  std::string text = std::string(word.empty() ? "request" : word) + " " + file_text(record, names);
  if (is_transfer(record.op)) {
    text += " offset " + number(record.offset) + " length " + number(record.length);
  }
  return text + " data " + hex(record.data) + " iocb " + hex(record.iocb);
}

// Ordinals count from 1 for people, as `ctx=` does in rules.
std::string place_text(const Record& record, const Names& names) {
  return "element " + number(record.who.index) + " of io_submit number " +
         number(record.who.submit + 1) + " on context " + number(record.who.context + 1) +
         ", after " + spoken_time(record.time) + called_from(record, names);
}

std::string result_text(std::int64_t result) {
  if (result >= 0) return number(result);
  const std::string_view name = errno_name(Errno{static_cast<int>(-result)});
  return name.empty() ? number(result) : std::string(name);
}

std::string action_text(const Deed& deed) {
  fault::Action action = deed.action;
  if (action == fault::Action::short_by || action == fault::Action::short_sectors) {
    action = fault::Action::short_to;
  }
  for (const fault::Site& site : fault::sites()) {
    if (site.layer == deed.layer && site.action == action) return title(site);
  }
  return "fault";
}

// "delay of 1 ms by "rule"".
std::string deed_text(const Deed& deed, const Names& names) {
  std::string text = action_text(deed);
  switch (deed.action) {
    case fault::Action::delay:
    case fault::Action::stall:
    case fault::Action::eventfd_late:
    case fault::Action::block:
      text += " of " + spoken_time(deed.amount);
      break;
    case fault::Action::error:
      text += " " + result_text(-static_cast<std::int64_t>(deed.amount));
      break;
    default:
      break;
  }
  return text + " by " + rule_text(names, deed.rule);
}

std::string deeds_text(const Story& story, const Names& names) {
  std::string text;
  const auto kept = std::min<std::size_t>(story.deed_count, Story::kDeeds);
  for (std::size_t i = 0; i < kept; ++i) {
    text += (i == 0 ? "what was done to it: " : "; ") + deed_text(story.deeds[i], names);
  }
  if (story.deed_count > Story::kDeeds) {
    text += "; and " + number(std::uint64_t{story.deed_count} - Story::kDeeds) + " more";
  }
  return text;
}

struct Telling {
  std::vector<std::string> lines;
  void add(const std::string& line) {
    if (!line.empty()) lines.push_back(line);
  }
  void advice(const std::string& line) { lines.push_back("what to do: " + line); }
};

void tell_request(Telling& telling, const Story& story, const Names& names) {
  telling.add(request_text(story.request, names));
  telling.add("submitted as " + place_text(story.request, names));
  telling.add(deeds_text(story, names));
}

void tell_dropped(Telling& telling, const Story& story, const Names& names) {
  telling.add("dropped_iocb: an iocb that io_submit did not accept was never offered again");
  telling.add(request_text(story.request, names));
  telling.add(
      "refused as " + place_text(story.request, names) +
      (story.attempts > 1 ? ", offered " + number(std::uint64_t{story.attempts}) + " times" : ""));
  std::string why = story.request.who.index == 0
                        ? "the call failed with " + result_text(story.result)
                        : "the call accepted less than it was given";
  if (story.end_rule != fault::kNoRule) why += ", by " + rule_text(names, story.end_rule);
  telling.add(why);
  telling.advice(
      "when io_submit returns less than nr, submit the rest again; after EAGAIN, reap and try "
      "again");
}

void tell_unreaped(Telling& telling, const Record& seen, const Names& names) {
  const bool destroyed = seen.event == Event::destroy;
  telling.add("unreaped_events: " + plural(seen.amount, "event") + " still in the ring when " +
              (destroyed ? "the context was destroyed" : "the process ended"));
  telling.add("context " + number(seen.who.context + 1) + ", after " + spoken_time(seen.time) +
              called_from(seen, names));
  telling.advice("take every event with io_getevents and look at its res: these may be errors");
}

void tell_short(Telling& telling, const Story& story, const Names& names) {
  telling.add(
      "short_not_continued: a transfer moved less than it was asked to, and the rest was never "
      "asked for");
  tell_request(telling, story, names);
  std::string end = "completed with " + number(story.result) + " of " +
                    number(story.request.length) + " bytes after " + spoken_time(story.end_time);
  if (story.end_rule != fault::kNoRule) end += ", by " + rule_text(names, story.end_rule);
  telling.add(end);
  telling.advice("compare res with the length; submit what is left, from offset + res on");
}

void tell_buffer(Telling& telling, const Finding& finding, const Names& names) {
  switch (finding.form) {
    case Form::read_buffer_written:
      telling.add("buffer_ownership: the buffer of a read was written to while it was in flight");
      break;
    case Form::unmapped:
      telling.add("buffer_ownership: the buffer of a request was unmapped while it was in flight");
      break;
    default:
      telling.add("buffer_ownership: the buffer of a write changed while it was in flight");
      break;
  }
  tell_request(telling, finding.story, names);
  if (finding.form != Form::unmapped) {
    telling.add("between bytes " + number(finding.low) + " and " + number(finding.high) +
                " of the buffer, seen after " + spoken_time(finding.seen.time));
  }
  telling.advice("leave a buffer alone, and keep it, until the event has been reaped");
}

void tell_reused(Telling& telling, const Finding& finding, const Names& names) {
  telling.add(
      "iocb_reused: an iocb was submitted anew, with the same data, while its first request was in "
      "flight: the events cannot be told apart");
  tell_request(telling, finding.story, names);
  telling.add("and then " + request_text(finding.seen, names));
  telling.add("submitted as " + place_text(finding.seen, names));
  telling.advice("take another iocb, or another aio_data, until the event has been reaped");
}

void tell_overlap(Telling& telling, const Finding& finding, const Names& names) {
  telling.add("overlap: two requests in flight touch the same bytes, and one of them writes");
  tell_request(telling, finding.story, names);
  telling.add("and " + request_text(finding.seen, names));
  telling.add("submitted as " + place_text(finding.seen, names));
  telling.advice("wait for the first one's event: their order is nobody's promise");
}

void tell_leaked(Telling& telling, const Record& seen, const Names& names) {
  telling.add("leaked_context: context " + number(seen.who.context + 1) +
              " was still there when the process ended, with " + plural(seen.count, "request") +
              " in flight" + called_from(seen, names));
  telling.advice("io_destroy what io_setup made: contexts count against fs.aio-max-nr");
}

void tell_hang(Telling& telling, const Record& seen, const Names& names) {
  telling.add("certain_hang: a call sleeps that nothing can wake");
  if (seen.event == Event::wait) {
    telling.add("io_getevents on context " + number(seen.who.context + 1) + " wants " +
                number(seen.amount) + " of at most " + plural(seen.count, "event") + ", after " +
                spoken_time(seen.time) + called_from(seen, names));
  }
  telling.advice("count what was really accepted, and wait for no more than that");
}

}  // namespace

std::vector<std::string> describe(const Finding& finding, const Names& names) {
  Telling telling;
  switch (finding.oracle) {
    case Oracle::dropped_iocb:
      tell_dropped(telling, finding.story, names);
      break;
    case Oracle::unreaped_events:
      tell_unreaped(telling, finding.seen, names);
      break;
    case Oracle::short_not_continued:
      tell_short(telling, finding.story, names);
      break;
    case Oracle::buffer_ownership:
      tell_buffer(telling, finding, names);
      break;
    case Oracle::iocb_reused:
      tell_reused(telling, finding, names);
      break;
    case Oracle::overlap:
      tell_overlap(telling, finding, names);
      break;
    case Oracle::leaked_context:
      tell_leaked(telling, finding.seen, names);
      break;
    case Oracle::certain_hang:
      tell_hang(telling, finding.seen, names);
      break;
  }
  return telling.lines;
}

std::string describe(const Story& story, const Names& names) {
  return request_text(story.request, names) + ": " + place_text(story.request, names);
}

std::string why_in_flight(const Story& story, const Names& names) {
  const auto kept = std::min<std::size_t>(story.deed_count, Story::kDeeds);
  for (std::size_t i = 0; i < kept; ++i) {
    const Deed& deed = story.deeds[i];
    if (deed.action == fault::Action::hang) {
      return "never completes: hang by " + rule_text(names, deed.rule);
    }
    if (deed.action == fault::Action::stall || deed.action == fault::Action::delay) {
      return "held back: " + deed_text(deed, names);
    }
  }
  if (story.stage == Stage::started) return "its bytes are moving";
  if (story.request.op == abi::Opcode::poll) return "its file has not become ready";
  return "waits for its turn";
}

std::string spoken_time(std::uint64_t ns) {
  constexpr std::uint64_t kThousand = 1000;
  std::string_view unit = "ns";
  std::uint64_t divisor = 1;
  for (const std::string_view larger : {"us", "ms", "s"}) {
    if (ns / divisor < kThousand) break;
    divisor *= kThousand;
    unit = larger;
  }
  std::string text = number(ns / divisor);
  const std::uint64_t thousandths = divisor == 1 ? 0 : ns % divisor / (divisor / kThousand);
  if (thousandths != 0) {
    std::string digits = number(kThousand + thousandths).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    text += "." + digits;
  }
  return text + " " + std::string(unit);
}

}  // namespace aioemu::observe
