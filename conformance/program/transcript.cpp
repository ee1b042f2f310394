// The text form: one line per step, `name=value` words, lists in brackets.
//
//   step result=1 arrived=[0 inline 7 200000005000 100 0] rings=[0 12 13|1 0 0] memory=9f..
//   end missing=[0 0 0 0] room=[0 0 0 0] files=[..]

#include "conformance/program/transcript.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>

namespace conformance::program {
namespace {

struct ErrnoName {
  int number;
  const char* name;
};
constexpr ErrnoName kErrnos[] = {{EPERM, "EPERM"},
                                 {EINTR, "EINTR"},
                                 {EIO, "EIO"},
                                 {EBADF, "EBADF"},
                                 {EAGAIN, "EAGAIN"},
                                 {ENOMEM, "ENOMEM"},
                                 {EFAULT, "EFAULT"},
                                 {EINVAL, "EINVAL"},
                                 {EISDIR, "EISDIR"},
                                 {ENOSPC, "ENOSPC"},
                                 {ESPIPE, "ESPIPE"},
                                 {EPIPE, "EPIPE"},
                                 {ENOSYS, "ENOSYS"},
                                 {EFBIG, "EFBIG"},
                                 {ENOTCONN, "ENOTCONN"},
                                 {EINPROGRESS, "EINPROGRESS"},
                                 {ENOTSOCK, "ENOTSOCK"},
                                 {EOPNOTSUPP, "EOPNOTSUPP"},
                                 {ESRCH, "ESRCH"},
                                 {ECANCELED, "ECANCELED"},
                                 {EMSGSIZE, "EMSGSIZE"},
                                 {ENOBUFS, "ENOBUFS"},
                                 {ECONNRESET, "ECONNRESET"},
                                 {ENXIO, "ENXIO"}};

std::string hex(std::uint64_t value) {
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, value, 16);
  return std::string(text, end.ptr);
}

void put(std::ostream& out, const Event& event) {
  out << hex(event.data) << ' ' << hex(event.obj) << ' ' << event.res << ' ' << event.res2;
}

// Equal neighbours are written once, with how many there are: "0 inline 7 2000 100 0 x119".
template <typename List, typename Put>
void put_list(std::ostream& out, const char* name, const List& list, Put put_one) {
  if (list.empty()) return;
  out << ' ' << name << "=[";
  const char* between = "";
  for (std::size_t i = 0, next = 0; i < list.size(); i = next) {
    for (next = i + 1; next < list.size() && list[next] == list[i];) ++next;
    out << between;
    put_one(list[i]);
    if (next - i > 1) out << " x" << next - i;
    between = "|";
  }
  out << ']';
}

void put_arrivals(std::ostream& out, const std::vector<Arrival>& arrived) {
  put_list(out, "arrived", arrived, [&out](const Arrival& one) {
    out << unsigned{one.context} << (one.apart ? " apart " : " inline ");
    put(out, one.event);
  });
}

// ---- reading ----

class Line {
 public:
  explicit Line(std::string_view text) : text_(text) {}

  // The value of `name=...`: up to the next blank, or what stands between brackets.
  [[nodiscard]] std::string_view value(std::string_view name) const {
    const std::string key = " " + std::string(name) + "=";
    const std::size_t found = text_.find(key);
    if (found == std::string_view::npos) return {};
    std::string_view rest = text_.substr(found + key.size());
    if (!rest.empty() && rest[0] == '[') return rest.substr(1, rest.find(']') - 1);
    return rest.substr(0, rest.find(' '));
  }
  [[nodiscard]] bool has(std::string_view word) const {
    return text_.find(" " + std::string(word)) != std::string_view::npos;
  }

 private:
  std::string_view text_;
};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

template <typename T>
T number(std::string_view text, int base = 10) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// The entries of a list, each as often as it says.
std::vector<std::string_view> entries(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::string_view one : split(text, '|')) {
    std::size_t times = 1;
    const std::size_t mark = one.rfind(" x");
    if (mark != std::string_view::npos) {
      times = std::min<std::size_t>(number<std::size_t>(one.substr(mark + 2)), 256);
      one = one.substr(0, mark);
    }
    all.insert(all.end(), times, one);
  }
  return all;
}

Event event_of(const std::vector<std::string_view>& words, std::size_t from) {
  Event event;
  if (words.size() < from + 4) return event;
  event.data = number<std::uint64_t>(words[from], 16);
  event.obj = number<std::uint64_t>(words[from + 1], 16);
  event.res = number<std::int64_t>(words[from + 2]);
  event.res2 = number<std::int64_t>(words[from + 3]);
  return event;
}

std::vector<Arrival> arrivals_of(std::string_view text) {
  std::vector<Arrival> list;
  for (const std::string_view one : entries(text)) {
    const std::vector<std::string_view> words = split(one, ' ');
    if (words.size() != 6) continue;
    Arrival arrival;
    arrival.context = number<std::uint8_t>(words[0]);
    arrival.apart = words[1] == "apart";
    arrival.event = event_of(words, 2);
    list.push_back(arrival);
  }
  return list;
}

Step step_of(const Line& line) {
  Step step;
  step.result = number<long>(line.value("result"));
  step.interrupted = line.has("interrupted");
  step.signals = number<std::uint32_t>(line.value("signals"));
  for (const std::string_view one : entries(line.value("reaped"))) {
    step.reaped.push_back(event_of(split(one, ' '), 0));
  }
  step.arrived = arrivals_of(line.value("arrived"));
  for (const std::string_view one : entries(line.value("rings"))) {
    const std::vector<std::string_view> words = split(one, ' ');
    if (words.size() != 3) continue;
    RingView& view = step.rings[number<std::size_t>(words[0]) % kContexts];
    view = {true, number<std::uint32_t>(words[1]), number<std::uint32_t>(words[2])};
  }
  step.memory = number<std::uint64_t>(line.value("memory"), 16);
  return step;
}

template <typename T, std::size_t N>
void fill(std::array<T, N>& to, std::string_view text) {
  const std::vector<std::string_view> words = entries(text);
  for (std::size_t i = 0; i < std::min(N, words.size()); ++i) to[i] = number<T>(words[i]);
}

Ending ending_of(const Line& line) {
  Ending ending;
  ending.arrived = arrivals_of(line.value("arrived"));
  fill(ending.missing, line.value("missing"));
  fill(ending.room, line.value("room"));
  for (const std::string_view one : entries(line.value("files"))) {
    ending.files.push_back(number<std::uint64_t>(one, 16));
  }
  return ending;
}

}  // namespace

std::string describe_result(long result) {
  if (result == kSkipped) return "left out";
  if (result >= 0) return std::to_string(result);
  for (const ErrnoName& one : kErrnos) {
    if (one.number == -result) return std::string("-") + one.name;
  }
  return std::to_string(result);
}

std::string print(const Step& step) {
  std::ostringstream out;
  out << "step result=" << step.result;
  if (step.result < 0) out << " (" << describe_result(step.result) << ")";
  if (step.interrupted) out << " interrupted";
  if (step.signals != 0) out << " signals=" << step.signals;
  put_list(out, "reaped", step.reaped, [&out](const Event& one) { put(out, one); });
  put_arrivals(out, step.arrived);
  std::vector<std::string> rings;
  for (unsigned i = 0; i < kContexts; ++i) {
    const RingView& ring = step.rings[i];
    if (!ring.there) continue;
    rings.push_back(std::to_string(i) + " " + std::to_string(ring.head) + " " +
                    std::to_string(ring.tail));
  }
  put_list(out, "rings", rings, [&out](const std::string& one) { out << one; });
  if (step.memory != 0) out << " memory=" << hex(step.memory);
  return out.str();
}

std::string print(const Ending& ending) {
  std::ostringstream out;
  out << "end";
  put_arrivals(out, ending.arrived);
  put_list(out, "missing", ending.missing, [&out](long one) { out << one; });
  put_list(out, "room", ending.room, [&out](std::uint32_t one) { out << one; });
  put_list(out, "files", ending.files, [&out](std::uint64_t one) { out << hex(one); });
  return out.str();
}

std::string print(const Transcript& transcript) {
  std::string text = "side " + transcript.side + "\n";
  for (const Step& step : transcript.steps) text += print(step) + "\n";
  if (!transcript.fault.empty()) return text + "fault " + transcript.fault + "\n";
  return text + print(transcript.ending) + "\n";
}

std::variant<Transcript, std::string> parse_transcript(std::string_view text) {
  Transcript transcript;
  unsigned line_number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++line_number;
    const std::string_view word = line.substr(0, line.find(' '));
    if (word == "side") {
      transcript.side = line.substr(std::min<std::size_t>(5, line.size()));
    } else if (word == "step") {
      transcript.steps.push_back(step_of(Line(line)));
    } else if (word == "end") {
      transcript.ending = ending_of(Line(line));
    } else if (word == "fault") {
      transcript.fault = line.substr(std::min<std::size_t>(6, line.size()));
    } else if (!word.empty()) {
      return "line " + std::to_string(line_number) + ": no line of a transcript begins with '" +
             std::string(word) + "'";
    }
  }
  return transcript;
}

}  // namespace conformance::program
