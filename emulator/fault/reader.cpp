#include "fault/reader.h"

#include <charconv>
#include <numeric>

#include "fault/vocabulary.h"

namespace aioemu::fault {
namespace {

// What one multiplies by for K, M, G; 0 for any other suffix.
std::uint64_t bytes_in(std::string_view suffix) noexcept {
  if (suffix.empty()) return 1;
  if (suffix == "K" || suffix == "k") return 1ULL << 10U;
  if (suffix == "M" || suffix == "m") return 1ULL << 20U;
  if (suffix == "G" || suffix == "g") return 1ULL << 30U;
  return 0;
}

// A duration has a unit: 0 without one, too.
std::uint64_t nanoseconds_in(std::string_view suffix) noexcept {
  if (suffix == "ns") return 1;
  if (suffix == "us") return 1000;
  if (suffix == "ms") return 1000 * 1000;
  if (suffix == "s") return 1000 * 1000 * 1000;
  return 0;
}

// Digits from the front of `text`. False when there are none, or too many for 64 bits.
bool take_digits(std::string_view& text, std::uint64_t& value) noexcept {
  const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return true;
}

constexpr std::string_view kRatio = "a ratio such as 1/100, 0.01 or 1%";

}  // namespace

std::string quoted(std::string_view word) { return "'" + std::string(word) + "'"; }

std::string suggestion(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view near = nearest(word, candidates);
  return near.empty() ? "" : "; did you mean " + quoted(near) + "?";
}

Reader::Reader(std::string_view text, std::string_view source) : text_(text), lexer_(text) {
  error_.source = source;
  advance();
}

bool Reader::fail(const Token& at, std::string message) {
  error_.line = at.line;
  error_.column = at.column;
  error_.message = std::move(message);
  error_.excerpt = line_of(text_, at.line);
  return false;
}

bool Reader::expected(std::string_view what) {
  return fail(token_, "expected " + std::string(what) + ", found " + spelled(token_));
}

bool Reader::end_of_statement(std::string_view hint) {
  if (token_.ends_statement()) return true;
  return expected("the end of the statement" + std::string(hint));
}

bool Reader::sign(std::string_view text, std::string_view what) {
  if (!token_.is(text)) return expected(what);
  advance();
  return true;
}

bool Reader::number(std::uint64_t& value, std::string_view what) {
  if (token_.kind != Token::Kind::number) return expected(what);
  const char* end = token_.text.data() + token_.text.size();
  const auto [stop, status] = std::from_chars(token_.text.data(), end, value);
  if (status == std::errc::result_out_of_range) {
    return fail(token_, spelled(token_) + " does not fit into 64 bits");
  }
  if (stop != end) return expected(std::string(what) + " without a unit");
  advance();
  return true;
}

bool Reader::positive(std::uint64_t& value, std::string_view what) {
  const Token at = token_;
  if (!number(value, what)) return false;
  return value != 0 || fail(at, std::string(what) + " is at least 1");
}

bool Reader::in_unit(std::uint64_t& value, std::string_view what,
                     std::uint64_t (*unit)(std::string_view), std::string_view units) {
  if (token_.kind != Token::Kind::number) return expected(what);
  const char* end = token_.text.data() + token_.text.size();
  const auto [stop, status] = std::from_chars(token_.text.data(), end, value);
  const std::uint64_t factor = unit({stop, static_cast<std::size_t>(end - stop)});
  if (factor == 0) return expected(std::string(what) + " " + std::string(units));
  if (status == std::errc::result_out_of_range || value > kNoEnd / factor) {
    return fail(token_, spelled(token_) + " does not fit into 64 bits");
  }
  value *= factor;
  advance();
  return true;
}

bool Reader::size(std::uint64_t& value, std::string_view what) {
  return in_unit(value, what, bytes_in, "in bytes, K, M or G");
}

bool Reader::duration(std::uint64_t& value) {
  return in_unit(value, "a duration", nanoseconds_in, "in ns, us, ms or s");
}

// digits [ "." digits ], as value / scale.
bool Reader::decimal(std::uint64_t& value, std::uint64_t& scale, std::string_view& text) {
  scale = 1;
  if (!take_digits(text, value)) return expected(kRatio);
  if (text.empty() || text[0] != '.') return true;
  text.remove_prefix(1);
  const std::string_view digits = text;
  std::uint64_t fraction = 0;
  if (!take_digits(text, fraction)) return expected(kRatio);
  const std::size_t places = digits.size() - text.size();
  // Two more may follow from a percent sign.
  if (places > 15 || value > 100) return fail(token_, "at most 15 decimal places, and at most 100");
  for (std::size_t i = 0; i < places; ++i) scale *= 10;
  value = value * scale + fraction;
  return true;
}

bool Reader::ratio(std::uint64_t& chance, std::uint64_t& of) {
  if (token_.kind != Token::Kind::value) return expected(kRatio);
  std::string_view text = token_.text;
  if (!decimal(chance, of, text)) return false;
  if (of == 1 && !text.empty() && text[0] == '/') {
    text.remove_prefix(1);
    if (!take_digits(text, of)) return expected(kRatio);
  } else if (text == "%") {
    text.remove_prefix(1);
    of *= 100;
  }
  if (!text.empty()) return expected(kRatio);
  if (chance == 0 || chance > of) return fail(token_, "a ratio is above 0 and at most 1");
  const std::uint64_t divisor = std::gcd(chance, of);
  chance /= divisor;
  of /= divisor;
  advance();
  return true;
}

bool Reader::choice(std::size_t& place, std::string_view kind,
                    std::span<const std::string_view> words) {
  for (place = 0; place < words.size(); ++place) {
    if (token_.kind != Token::Kind::word || token_.text != words[place]) continue;
    advance();
    return true;
  }
  return fail(token_, "expected " + std::string(kind) + " (" + listed(words) + "), found " +
                          spelled(token_) + suggestion(token_.text, words));
}

}  // namespace aioemu::fault
