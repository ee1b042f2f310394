#include "observe/trace_writer.h"

#include <charconv>
#include <limits>

#include "base/errno.h"
#include "fault/vocabulary.h"

namespace aioemu::observe {
namespace {

// Larger values of aio_data are addresses, mostly, and differ from run to run.
constexpr std::uint64_t kMostData = 0xffffffff;

template <typename Number>
void put(std::string& out, std::string_view member, Number value) {
  char digits[24];
  const auto [end, status] = std::to_chars(digits, digits + sizeof digits, value);
  static_cast<void>(status);
  out.append(member);
  out.append(digits, static_cast<std::size_t>(end - digits));
}

// A JSON string. Bytes that are not UTF-8 are left as they are: readers replace them.
void put_quoted(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (code < 0x20) {
      out += "\\u00";
      out += kHex[code / 16];
      out += kHex[code % 16];
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string quoted(std::string_view text) {
  std::string out;
  put_quoted(out, text);
  return out;
}

void put_list(std::string& out, const std::vector<std::string>& words) {
  out += '[';
  for (const std::string& word : words) {
    if (out.back() != '[') out += ',';
    put_quoted(out, word);
  }
  out += ']';
}

// The name of an error is for people; readers take the number.
void put_error(std::string& out, std::int64_t number) {
  constexpr std::int64_t kMostErrno = 4095;
  if (number < 1 || number > kMostErrno) return;
  out += ",\"error\":\"";
  out += errno_name(static_cast<Errno>(number));
  out += '"';
}

void put_result(std::string& out, std::int64_t result) {
  put(out, ",\"result\":", result);
  if (result < 0 && result > std::numeric_limits<std::int32_t>::min()) put_error(out, -result);
}

void put_named(std::string& out, std::string_view name, std::uint64_t value) {
  if (name.empty()) return;
  out += ",\"";
  out += name;
  put(out, "\":", value);
}

}  // namespace

std::string header_line(const TraceHeader& header) {
  std::string out = "{\"format\":\"" + std::string(kTraceFormat) + '"';
  put(out, ",\"version\":", kTraceVersion);
  out += ",\"aioemu\":" + quoted(header.aioemu) + ",\"engine\":" + quoted(header.engine);
  out += ",\"command\":";
  put_list(out, header.command);
  put(out, ",\"seed\":", header.seed);
  put(out, ",\"aio_max_nr\":", header.aio_max_nr);
  out += ",\"plan\":" + quoted(header.plan) + ",\"rules\":";
  put_list(out, header.rules);
  return out + "}\n";
}

TraceWriter::TraceWriter(const std::vector<std::string>& rules, NameOf name_of)
    : name_of_(std::move(name_of)) {
  for (const std::string& rule : rules) rules_.push_back(quoted(rule));
}

void TraceWriter::append(std::string& out, const Record& record) {
  const EventFormat format = format_of(record.event);
  const std::uint64_t file = format.has(Field::request) ? number_of_file(out, record.file) : 0;
  put(out, "{\"t\":", record.time);
  out += ",\"event\":\"";
  out += word_of(record.event);
  put(out, "\",\"process\":", record.who.process);
  put(out, ",\"thread\":", record.thread + 1);
  if (format.has(Field::call) || format.has(Field::context)) {
    put(out, ",\"ctx\":", record.who.context + 1);
  }
  if (format.has(Field::call)) put(out, ",\"call\":", record.who.submit + 1);
  if (format.has(Field::index)) put(out, ",\"index\":", record.who.index);
  if (format.has(Field::serial)) {
    if (const std::uint64_t serial = serial_of(record); serial != 0) {
      put(out, ",\"serial\":", serial);
    }
  }
  const bool is_about_one = record.event != Event::fault || record.serial != 0;
  if (format.has(Field::request) && is_about_one) append_request(out, record);
  if (file != 0) put(out, ",\"file\":", file);
  put_named(out, format.count, record.count);
  if (format.has(Field::place)) append_place(out, record);
  put_named(out, format.amount, record.amount);
  if (record.event == Event::fault && record.action == fault::Action::error) {
    put_error(out, static_cast<std::int64_t>(record.amount));
  }
  if (format.has(Field::result)) put_result(out, record.result);
  if (format.has(Field::rule)) append_rule_of(out, record);
  out += "}\n";
  follow(record);
}

void TraceWriter::append_request(std::string& out, const Record& record) {
  if (record.serial != 0) put(out, ",\"serial\":", record.serial);
  if (const std::string_view op = word_of(record.op); !op.empty()) {
    out += ",\"op\":\"";
    out += op;
    out += '"';
  } else {
    put(out, ",\"opcode\":", static_cast<std::uint64_t>(record.op));
  }
  put(out, ",\"fd\":", record.fd);
  put(out, ",\"offset\":", record.offset);
  put(out, ",\"length\":", record.length);
  if (record.data <= kMostData && record.data != 0) put(out, ",\"data\":", record.data);
}

void TraceWriter::append_place(std::string& out, const Record& record) const {
  const auto layer = static_cast<std::size_t>(record.layer);
  out += ",\"layer\":\"";
  out += layer < fault::kLayers ? fault::word_of(record.layer) : std::string_view("unknown");
  out += "\",\"action\":\"";
  out += action_word(record.layer, record.action);
  out += '"';
}

void TraceWriter::append_rule_of(std::string& out, const Record& record) const {
  if (record.rule < 0) return;
  const auto number = static_cast<std::size_t>(record.rule);
  if (number >= rules_.size()) return put(out, ",\"rule\":", record.rule);
  out += ",\"rule\":";
  out += rules_[number];
}

// Files are numbered from 1 in the order in which they are met.
std::uint64_t TraceWriter::number_of_file(std::string& out, std::uint64_t file) {
  if (file == 0 || file == last_file_) return file == 0 ? 0 : last_number_;
  const auto [place, is_new] = files_.emplace(file, files_.size() + 1);
  last_file_ = file;
  last_number_ = place->second;
  const std::string name = is_new && name_of_ ? name_of_(file) : std::string();
  if (!name.empty()) {
    put(out, "{\"event\":\"file\",\"file\":", last_number_);
    out += ",\"path\":";
    put_quoted(out, name);
    out += "}\n";
  }
  return last_number_;
}

// Which request an event belongs to. Events leave a context in the order in which they came; those
// in between that are passed over were taken from the ring by the program itself.
std::uint64_t TraceWriter::serial_of(const Record& reaped) {
  if (reaped.serial != 0) return reaped.serial;
  const ContextKey key = reaped.who.process << 32U | reaped.who.context;
  if (last_unreaped_ == nullptr || key != last_context_) {
    last_unreaped_ = &unreaped_[key];
    last_context_ = key;
  }
  std::deque<Unreaped>& waiting = *last_unreaped_;
  std::size_t place = 0;
  while (place < waiting.size() && waiting[place].iocb != reaped.iocb) ++place;
  if (place == waiting.size()) return 0;
  const std::uint64_t serial = waiting[place].serial;
  waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  return serial;
}

void TraceWriter::follow(const Record& record) {
  const ContextKey key = record.who.process << 32U | record.who.context;
  if (record.event == Event::completed) {
    if (last_unreaped_ == nullptr || key != last_context_) {
      last_unreaped_ = &unreaped_[key];
      last_context_ = key;
    }
    last_unreaped_->push_back({record.iocb, record.serial});
  } else if (record.event == Event::destroy) {
    unreaped_.erase(key);
    last_unreaped_ = nullptr;
  }
}

void TraceWriter::append_mark(std::string& out, std::uint64_t time, std::string_view text) const {
  put(out, "{\"t\":", time);
  out += ",\"event\":\"mark\",\"text\":" + quoted(text) + "}\n";
}

void TraceWriter::append_lost(std::string& out, std::uint64_t count) const {
  put(out, "{\"event\":\"lost\",\"count\":", count);
  out += "}\n";
}

void TraceWriter::append_rule(std::string& out, const std::string& word, std::string_view text) {
  out += "{\"event\":\"rule\",\"rule\":" + quoted(word) + ",\"text\":" + quoted(text) + "}\n";
  rules_.push_back(quoted(word));
}

}  // namespace aioemu::observe
