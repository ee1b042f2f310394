#include "observe/trace_reader.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "fault/vocabulary.h"

namespace aioemu::observe {
namespace {

using Json = nlohmann::json;

// Why a line was refused.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

const Json& member(const Json& line, std::string_view name) {
  const auto place = line.find(std::string(name));
  if (place == line.end()) throw Refusal("no member '" + std::string(name) + "'");
  return *place;
}

std::uint64_t number_of(const Json& value, std::string_view name) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  throw Refusal("'" + std::string(name) + "' is not a number from 0");
}

std::uint64_t number(const Json& line, std::string_view name) {
  return number_of(member(line, name), name);
}

std::uint64_t number(const Json& line, std::string_view name, std::uint64_t otherwise) {
  return line.contains(std::string(name)) ? number(line, name) : otherwise;
}

// A number counted from 1 in a trace, and from 0 in a record.
std::uint64_t ordinal(const Json& line, std::string_view name) {
  const std::uint64_t value = number(line, name);
  if (value == 0) throw Refusal("'" + std::string(name) + "' counts from 1");
  return value - 1;
}

template <typename Narrow>
Narrow narrow(std::uint64_t value, std::string_view name) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<Narrow>::max())) {
    return static_cast<Narrow>(value);
  }
  throw Refusal("'" + std::string(name) + "' is too large");
}

std::int64_t signed_number(const Json& line, std::string_view name) {
  const Json& value = member(line, name);
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || value.get<std::uint64_t>() <= kMost);
  if (!fits) throw Refusal("'" + std::string(name) + "' is not a whole number");
  return value.get<std::int64_t>();
}

std::string text_of(const Json& value, std::string_view name) {
  if (value.is_string()) return value.get<std::string>();
  throw Refusal("'" + std::string(name) + "' is not a text");
}

std::string text(const Json& line, std::string_view name) {
  return text_of(member(line, name), name);
}

std::vector<std::string> texts(const Json& line, std::string_view name) {
  const Json& list = member(line, name);
  if (!list.is_array()) throw Refusal("'" + std::string(name) + "' is not a list");
  std::vector<std::string> all;
  for (const Json& one : list) all.push_back(text_of(one, name));
  return all;
}

class Reader {
 public:
  void read_line(const Json& line) {
    if (!line.is_object()) throw Refusal("not an object");
    if (!has_header_) return read_header(line);
    const std::string word = text(line, "event");
    if (word == "file") {
      trace_.files[number(line, "file")] = text(line, "path");
    } else if (word == "rule") {
      trace_.header.rules.push_back(text(line, "rule"));
    } else if (word == "lost") {
      trace_.lost += number(line, "count");
    } else if (word == "mark" && line.contains("text")) {
      trace_.marks.push_back({number(line, "t"), text(line, "text"), trace_.records.size()});
    } else if (const auto event = event_named(word)) {
      trace_.records.push_back(record(line, *event));
    }
  }
  [[nodiscard]] bool has_header() const { return has_header_; }
  Trace take() { return std::move(trace_); }

 private:
  void read_header(const Json& line) {
    if (!line.contains("format") || text(line, "format") != kTraceFormat) {
      throw Refusal("not the header of a trace");
    }
    if (const std::uint64_t version = number(line, "version"); version != kTraceVersion) {
      throw Refusal("a trace of version " + std::to_string(version) + "; this command reads " +
                    std::to_string(kTraceVersion));
    }
    trace_.header = {text(line, "aioemu"), text(line, "engine"),       texts(line, "command"),
                     number(line, "seed"), number(line, "aio_max_nr"), text(line, "plan"),
                     texts(line, "rules")};
    has_header_ = true;
  }

  Record record(const Json& line, Event event) const {
    const EventFormat format = format_of(event);
    Record record;
    record.event = event;
    record.time = number(line, "t");
    record.who.process = number(line, "process");
    record.thread = narrow<std::uint32_t>(ordinal(line, "thread"), "thread");
    if (format.has(Field::call) || format.has(Field::context)) {
      record.who.context = ordinal(line, "ctx");
    }
    if (format.has(Field::call)) record.who.submit = ordinal(line, "call");
    if (format.has(Field::index)) record.who.index = number(line, "index");
    record.serial = number(line, "serial", 0);
    const bool is_about_one = event != Event::fault || line.contains("op");
    if (format.has(Field::request) && is_about_one) read_request(line, record);
    if (format.has(Field::request)) record.file = number(line, "file", 0);
    if (!format.count.empty()) record.count = number(line, format.count);
    if (!format.amount.empty()) record.amount = number(line, format.amount);
    if (format.has(Field::place)) read_place(line, record);
    if (format.has(Field::result)) record.result = signed_number(line, "result");
    if (format.has(Field::rule)) record.rule = rule(line);
    return record;
  }

  // An iocb that was refused may ask for what there is not: then its number is given.
  static abi::Opcode operation(const Json& line) {
    if (!line.contains("op")) {
      return static_cast<abi::Opcode>(narrow<std::uint16_t>(number(line, "opcode"), "opcode"));
    }
    const auto op = opcode_named(text(line, "op"));
    if (!op) throw Refusal("no operation is called '" + text(line, "op") + "'");
    return *op;
  }

  static void read_request(const Json& line, Record& record) {
    record.op = operation(line);
    const std::int64_t fd = signed_number(line, "fd");
    if (fd < std::numeric_limits<std::int32_t>::min() ||
        fd > std::numeric_limits<std::int32_t>::max()) {
      throw Refusal("'fd' is too large");
    }
    record.fd = static_cast<std::int32_t>(fd);
    record.offset = signed_number(line, "offset");
    record.length = number(line, "length");
    record.data = number(line, "data", 0);
  }

  static void read_place(const Json& line, Record& record) {
    const auto layer = fault::layer_from_word(text(line, "layer"));
    if (!layer) throw Refusal("no layer is called '" + text(line, "layer") + "'");
    const auto action = action_named(*layer, text(line, "action"));
    if (!action) throw Refusal("no action is called '" + text(line, "action") + "'");
    record.layer = *layer;
    record.action = *action;
  }

  std::int32_t rule(const Json& line) const {
    const auto place = line.find("rule");
    if (place == line.end()) return fault::kNoRule;
    if (place->is_number_unsigned()) {
      return narrow<std::int32_t>(place->get<std::uint64_t>(), "rule");
    }
    const std::string word = text_of(*place, "rule");
    const auto& words = trace_.header.rules;
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) throw Refusal("no rule is called '" + word + "'");
    return static_cast<std::int32_t>(found - words.begin());
  }

  Trace trace_;
  bool has_header_ = false;
};

// Bytes in paths and arguments that are no text.
std::string without_bad_bytes(std::string_view line) {
  return Json(std::string(line)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json parsed(std::string_view line) {
  Json value = Json::parse(line, nullptr, false);
  if (!value.is_discarded()) return value;
  // Names of files are bytes: what is not UTF-8 is replaced.
  const Json repaired = Json::parse(without_bad_bytes(line), nullptr, false);
  if (repaired.is_string()) value = Json::parse(repaired.get<std::string>(), nullptr, false);
  if (value.is_discarded()) throw Refusal("not JSON");
  return value;
}

}  // namespace

std::variant<Trace, std::string> read_trace(std::string_view text) {
  Reader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    try {
      reader.read_line(parsed(line));
    } catch (const Refusal& refusal) {
      return "line " + std::to_string(number) + ": " + refusal.what();
    }
  }
  if (!reader.has_header()) return std::string("line 1: no header");
  return reader.take();
}

}  // namespace aioemu::observe
