#include "conformance/program/text.h"

#include <linux/aio_abi.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "conformance/program/files.h"
#include "conformance/program/verbs.h"

namespace conformance::program {
namespace {

constexpr const char* kAreaNames[kAreas] = {"null", "buffer", "fence", "rodata", "iocbs",  "iovecs",
                                            "list", "events", "time",  "sigset", "mask",   "handle",
                                            "ctx0", "ctx1",   "ctx2",  "ctx3",   "kernel", "edge"};
constexpr const char* kRingWords[] = {"id",    "nr",     "head",     "tail",
                                      "magic", "compat", "incompat", "header_length"};
constexpr const char* kHow[] = {"rd", "wr", "rdwr", "3"};
constexpr const char* kTargets[] = {"ctx0", "ctx1", "iocbs"};

struct Named {
  const char* name;
  std::uint64_t value;
};
constexpr Named kOpcodes[] = {{"pread", IOCB_CMD_PREAD},   {"pwrite", IOCB_CMD_PWRITE},
                              {"fsync", IOCB_CMD_FSYNC},   {"fdsync", IOCB_CMD_FDSYNC},
                              {"poll", IOCB_CMD_POLL},     {"noop", IOCB_CMD_NOOP},
                              {"preadv", IOCB_CMD_PREADV}, {"pwritev", IOCB_CMD_PWRITEV}};
constexpr Named kProtections[] = {{"none", 0}, {"read", 1}, {"all", 3}};

// ---- printing ----

std::string number_text(std::uint64_t value) {
  if (value < 100'000) return std::to_string(value);
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, value, 16);
  return "0x" + std::string(text, end.ptr);
}

std::string count_text(std::uint64_t word) {
  const auto value = static_cast<std::int64_t>(word);
  if (value < 0 && value > -1'000'000'000'000) return std::to_string(value);
  return number_text(word);
}

std::string place_text(std::uint64_t word) { return print(unpack(word)); }

template <std::size_t N>
std::string named_text(const Named (&names)[N], std::uint64_t value) {
  for (const Named& one : names) {
    if (one.value == value) return one.name;
  }
  return number_text(value);
}

// Written as a number, and nothing else.
bool is_number(Kind kind) {
  switch (kind) {
    case Kind::number:
    case Kind::count:
    case Kind::word32:
    case Kind::word16:
    case Kind::segment:
    case Kind::iocb_word:
    case Kind::size:
    case Kind::flag:
      return true;
    default:
      return false;
  }
}

std::string field_text(Kind kind, std::uint64_t word) {
  switch (kind) {
    case Kind::count:
      return count_text(word);
    case Kind::opcode:
      return named_text(kOpcodes, word);
    case Kind::iocb:
      return place_text(pack(iocb_place(static_cast<unsigned>(word))));
    case Kind::file:
    case Kind::spare:
      return name_of(static_cast<FileName>(word));
    case Kind::ring_word:
      return kRingWords[word];
    case Kind::how:
      return kHow[word];
    case Kind::protection:
      return named_text(kProtections, word);
    case Kind::target:
      return kTargets[word];
    case Kind::data:
      return (word & kIsPlace) != 0 ? place_text(word & ~kIsPlace) : number_text(word);
    default:
      return is_number(kind) ? number_text(word) : place_text(word);
  }
}

bool in_list(const Statement& one, unsigned field) {
  return one.verb == Verb::submit && field >= at::kFirst;
}

// ---- parsing ----

std::optional<std::uint64_t> unsigned_of(std::string_view text) {
  int base = 10;
  if (text.substr(0, 2) == "0x") {
    text.remove_prefix(2);
    base = 16;
  }
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  const std::optional<std::uint64_t> value = unsigned_of(text);
  if (!value) return std::nullopt;
  return negative ? 0 - *value : *value;
}

template <std::size_t N>
std::optional<std::uint64_t> index_of(const char* const (&names)[N], std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (text == names[i]) return i;
  }
  return std::nullopt;
}

template <std::size_t N>
std::optional<std::uint64_t> named_value(const Named (&names)[N], std::string_view text) {
  for (const Named& one : names) {
    if (text == one.name) return one.value;
  }
  return number_of(text);
}

std::optional<std::uint64_t> iocb_number(std::string_view text) {
  if (text.substr(0, 4) != "iocb") return std::nullopt;
  const std::optional<std::uint64_t> number = unsigned_of(text.substr(4));
  return number && *number < kIocbs ? number : std::nullopt;
}

std::optional<std::uint64_t> place_of(std::string_view text) {
  std::uint64_t offset = 0;
  const std::size_t plus = text.find('+');
  if (plus != std::string_view::npos) {
    const std::optional<std::uint64_t> number = unsigned_of(text.substr(plus + 1));
    if (!number || *number > 0xffffffff) return std::nullopt;
    offset = *number;
    text = text.substr(0, plus);
  }
  if (const std::optional<std::uint64_t> number = iocb_number(text)) {
    return pack(iocb_place(static_cast<unsigned>(*number))) + offset;
  }
  const std::optional<std::uint64_t> area = index_of(kAreaNames, text);
  if (!area) return std::nullopt;
  return pack({static_cast<Area>(*area), static_cast<std::uint32_t>(offset)});
}

std::optional<std::uint64_t> file_of(std::string_view text) {
  for (std::size_t i = 0; i < kFiles; ++i) {
    if (text == name_of(static_cast<FileName>(i))) return i;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> data_of(std::string_view text) {
  const std::optional<std::uint64_t> place = place_of(text);
  return place ? std::optional<std::uint64_t>(kIsPlace | *place) : number_of(text);
}

std::optional<std::uint64_t> word_of(Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::opcode:
      return named_value(kOpcodes, text);
    case Kind::iocb:
      return iocb_number(text);
    case Kind::file:
    case Kind::spare:
      return file_of(text);
    case Kind::ring_word:
      return index_of(kRingWords, text);
    case Kind::how:
      return index_of(kHow, text);
    case Kind::protection:
      return named_value(kProtections, text);
    case Kind::target:
      return index_of(kTargets, text);
    case Kind::data:
      return data_of(text);
    default:
      return is_number(kind) ? number_of(text) : place_of(text);
  }
}

std::optional<Verb> verb_of(std::string_view text) {
  for (std::size_t i = 0; i < kVerbs; ++i) {
    if (text == row_of(static_cast<Verb>(i)).name) return static_cast<Verb>(i);
  }
  return std::nullopt;
}

// Words of one line, with the columns they begin at.
struct Word {
  std::string_view text;
  unsigned column;
};

std::vector<Word> words_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<Word> words;
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t from = line.find_first_not_of(" \t\r", i);
    if (from == std::string_view::npos) break;
    i = std::min(line.find_first_of(" \t\r", from), line.size());
    words.push_back({line.substr(from, i - from), static_cast<unsigned>(from + 1)});
  }
  return words;
}

class Parser {
 public:
  std::variant<Program, ParseError> parse(std::string_view text) {
    while (!text.empty() && !error_) {
      ++line_;
      const std::size_t end = std::min(text.find('\n'), text.size());
      parse_line(words_of(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (error_) return *error_;
    return canonical(std::move(program_));
  }

 private:
  void fail(const Word& word, const std::string& message) {
    if (!error_) error_ = ParseError{line_, word.column, message};
  }

  void parse_line(const std::vector<Word>& words) {
    if (words.empty()) return;
    if (words[0].text == "start") return parse_start(words);
    const std::optional<Verb> verb = verb_of(words[0].text);
    if (!verb) return fail(words[0], "no statement is called '" + std::string(words[0].text) + "'");
    if (program_.statements.size() >= kMaxStatements) {
      return fail(words[0],
                  "a program has at most " + std::to_string(kMaxStatements) + " statements");
    }
    Statement one = statement(*verb);
    unsigned bare = 0;
    for (std::size_t i = 1; i < words.size() && !error_; ++i) parse_field(one, words[i], &bare);
    program_.statements.push_back(one);
  }

  void parse_start(const std::vector<Word>& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string_view text = words[i].text;
      const bool first = text.substr(0, 5) == "ctx0=";
      const bool named = first || text.substr(0, 5) == "ctx1=";
      const std::uint64_t value = named ? unsigned_of(text.substr(5)).value_or(~0ULL) : ~0ULL;
      if (value >= (first ? 127U : 255U)) {
        return fail(words[i], "start wants ctx0=N (0..126) or ctx1=N (0..254)");
      }
      program_.start[first ? 0 : 1] = static_cast<std::uint16_t>(value);
    }
  }

  void parse_field(Statement& one, const Word& word, unsigned* bare) {
    const VerbRow& row = row_of(one.verb);
    const std::size_t equals = word.text.find('=');
    unsigned field = 0;
    std::string_view value = word.text;
    if (equals == std::string_view::npos) {
      // Bare words: the first fields, and then a submit's list.
      field = *bare < row.bare ? *bare : at::kFirst + *bare - row.bare;
      ++*bare;
      if (field >= row.count || (field >= row.bare && !in_list(one, field))) {
        return fail(word, std::string(row.name) + " has no use for this word");
      }
    } else {
      const int found = field_index(one.verb, word.text.substr(0, equals));
      if (found < 0) return fail(word, std::string(row.name) + " has no such field");
      field = static_cast<unsigned>(found);
      value = word.text.substr(equals + 1);
    }
    const std::optional<std::uint64_t> parsed = word_of(row.fields[field].kind, value);
    if (!parsed) return fail(word, "'" + std::string(value) + "' is no value for this field");
    one.field[field] = *parsed;
  }

  Program program_;
  unsigned line_ = 0;
  std::optional<ParseError> error_;
};

}  // namespace

std::string print(Place place) {
  if (place.area == Area::iocbs && place.offset < kIocbs * 64 && place.offset % 64 == 0) {
    return "iocb" + std::to_string(place.offset / 64);
  }
  std::string text = kAreaNames[static_cast<std::size_t>(place.area) % kAreas];
  if (place.offset != 0) text += "+" + std::to_string(place.offset);
  return text;
}

std::string print(const Statement& one) {
  const VerbRow& row = row_of(one.verb);
  std::string text = row.name;
  for (unsigned i = 0; i < row.count; ++i) {
    const Field& field = row.fields[i];
    if (i < row.bare) {
      text += " " + field_text(field.kind, one.field[i]);
    } else if (!in_list(one, i) && one.field[i] != field.fallback) {
      text += std::string(" ") + field.name + "=" + field_text(field.kind, one.field[i]);
    } else if (in_list(one, i) && one.field[i] != kNoPointer) {
      text += " " + place_text(one.field[i]);
    }
  }
  return text;
}

std::string print(const Program& program) {
  const Program plain = canonical(program);
  std::string text;
  if (plain.start != decltype(plain.start){}) {
    text = "start ctx0=" + std::to_string(plain.start[0]) +
           " ctx1=" + std::to_string(plain.start[1]) + "\n";
  }
  for (const Statement& one : plain.statements) text += print(one) + "\n";
  return text;
}

std::variant<Program, ParseError> parse(std::string_view text) { return Parser().parse(text); }

}  // namespace conformance::program
