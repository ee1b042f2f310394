#include "tests/mutation/weave.h"

#include <algorithm>

namespace mutation {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// The end of `text` when it stands at `at`, else kNowhere.
std::size_t match_at(std::string_view source, std::string_view text, std::size_t at) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (at == source.size()) return kNowhere;
    if (is_blank(text[i])) {
      if (!is_blank(source[at])) return kNowhere;
      while (at < source.size() && is_blank(source[at])) ++at;
      while (i < text.size() && is_blank(text[i])) ++i;
    } else if (source[at++] != text[i++]) {
      return kNowhere;
    }
  }
  return at;
}

// What stands at one place: all the mutants of exactly this text.
struct Place {
  Span span;
  std::vector<const Mutant*> mutants;
};

[[noreturn]] void stale(const Mutant& mutant, const std::string& text, const std::string& problem) {
  throw DataError(mutant.place + ": stale mutant '" + mutant.name + "': " + problem + " in " +
                  mutant.file + ": " + text);
}

Span find_once(std::string_view source, const std::string& text, const Mutant& mutant) {
  const Span found = find_text(source, text);
  if (found.begin == kNowhere) stale(mutant, text, "this text is not");
  if (find_text(source, text, found.begin + 1).begin != kNowhere) {
    stale(mutant, text, "this text is not once ('after' tells which)");
  }
  return found;
}

Span span_of(std::string_view source, const Mutant& mutant) {
  if (mutant.after.empty()) return find_once(source, mutant.from, mutant);
  const Span anchor = find_once(source, mutant.after, mutant);
  const Span found = find_text(source, mutant.from, anchor.end);
  if (found.begin == kNowhere) stale(mutant, mutant.from, "behind its 'after' this text is not");
  return found;
}

std::vector<Span> all_spans_of(std::string_view source, const Mutant& loosened) {
  std::vector<Span> spans;
  for (Span found = find_text(source, loosened.from); found.begin != kNowhere;
       found = find_text(source, loosened.from, found.end)) {
    spans.push_back(found);
  }
  if (spans.empty()) stale(loosened, loosened.from, "this text is not");
  return spans;
}

// Outer places before those inside them.
bool stands_before(const Place& a, const Place& b) {
  return a.span.begin != b.span.begin ? a.span.begin < b.span.begin : a.span.end > b.span.end;
}

std::vector<Place> places_of(std::string_view source, const std::string& file,
                             const Catalogue& catalogue) {
  std::vector<Place> places;
  const auto add = [&](const Mutant& mutant, Span span) {
    const auto same = std::find_if(places.begin(), places.end(), [&](const Place& place) {
      return place.span.begin == span.begin && place.span.end == span.end;
    });
    if (same != places.end()) {
      same->mutants.push_back(&mutant);
    } else {
      places.push_back({span, {&mutant}});
    }
  };
  for (const Mutant& mutant : catalogue.mutants) {
    if (mutant.file == file) add(mutant, span_of(source, mutant));
  }
  for (const Mutant& loosened : catalogue.loosened) {
    if (loosened.file != file) continue;
    for (const Span span : all_spans_of(source, loosened)) add(loosened, span);
  }
  std::sort(places.begin(), places.end(), stands_before);
  return places;
}

// A brace at the end may also be that of a value, "Errno{EINVAL}".
bool is_statement(std::string_view text) {
  return text.ends_with(';') || (text.ends_with('}') && text.find(';') != kNowhere);
}

std::string with_switch(const Mutant& mutant, const std::string& text) {
  if (mutant.number == 0) return mutant.to;
  const std::string question = "::aioemu_mutant(" + std::to_string(mutant.number) + ")";
  if (is_statement(mutant.from)) {
    return "{ if (" + question + ") { " + mutant.to + " } else { " + text + " } }";
  }
  return "(" + question + " ? (" + mutant.to + ") : (" + text + "))";
}

class Weaver {
 public:
  Weaver(std::string_view source, std::vector<Place> places)
      : source_(source), places_(std::move(places)) {}

  // The text between two positions, with the places in it.
  std::string text(Span span) {
    std::string woven;
    std::size_t at = span.begin;
    while (next_ < places_.size() && places_[next_].span.begin < span.end) {
      const Place& place = places_[next_++];
      if (place.span.end > span.end) overlap(place);
      woven += source_.substr(at, place.span.begin - at);
      std::string inner = text(place.span);
      for (const Mutant* mutant : place.mutants) inner = with_switch(*mutant, inner);
      woven += inner;
      at = place.span.end;
    }
    return woven.append(source_.substr(at, span.end - at));
  }

 private:
  [[noreturn]] static void overlap(const Place& place) {
    const Mutant& mutant = *place.mutants.front();
    throw DataError(mutant.place + ": '" + mutant.name + "' overlaps another mutant of " +
                    mutant.file);
  }

  std::string_view source_;
  std::vector<Place> places_;
  std::size_t next_ = 0;
};

}  // namespace

Span find_text(std::string_view source, std::string_view text, std::size_t start) {
  for (std::size_t at = start; at < source.size(); ++at) {
    const std::size_t end = match_at(source, text, at);
    if (end != kNowhere) return {at, end};
  }
  return {};
}

std::string weave(std::string_view source, const std::string& file, const Catalogue& catalogue) {
  return Weaver(source, places_of(source, file, catalogue)).text({0, source.size()});
}

}  // namespace mutation
