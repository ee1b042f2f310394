#include "fault/vocabulary.h"

#include <algorithm>
#include <array>
#include <utility>

namespace aioemu::fault {
namespace {

using Words = std::span<const std::string_view>;

bool contains(Words words, std::string_view word) noexcept {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The words of a table, in its order.
template <typename Meaning, std::size_t N>
constexpr std::array<std::string_view, N> words_in(
    const std::array<std::pair<std::string_view, Meaning>, N>& table) noexcept {
  std::array<std::string_view, N> words;
  for (std::size_t i = 0; i < N; ++i) words[i] = table[i].first;
  return words;
}

// In the order of Layer.
constexpr std::array<std::string_view, kLayers> kLayerWords = {
    "setup", "submit", "complete", "wait", "cancel", "medium", "durability", "hostile"};

constexpr std::array<std::pair<std::string_view, OpSet>, 11> kOps = {{
    {"read", kReadOps},
    {"write", kWriteOps},
    {"sync", kSyncOps},
    {"any", kReadOps | kWriteOps | kSyncOps | kPollOps},
    {"pread", op_bit(abi::Opcode::pread)},
    {"pwrite", op_bit(abi::Opcode::pwrite)},
    {"preadv", op_bit(abi::Opcode::preadv)},
    {"pwritev", op_bit(abi::Opcode::pwritev)},
    {"fsync", op_bit(abi::Opcode::fsync)},
    {"fdsync", op_bit(abi::Opcode::fdsync)},
    {"poll", kPollOps},
}};
constexpr auto kOpWords = words_in(kOps);

// In the order of Key.
constexpr std::array<std::string_view, kKeys> kKeyWords = {
    "fd", "nr", "len", "offset", "batch_index", "min_nr", "inflight", "data", "ctx", "thread"};

constexpr std::array<std::pair<std::string_view, Relation>, 7> kRelations = {{
    {"=", Relation::equal},
    {"==", Relation::equal},
    {"!=", Relation::not_equal},
    {"<", Relation::less},
    {"<=", Relation::at_most},
    {">", Relation::greater},
    {">=", Relation::at_least},
}};

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 11> kFlags = {{
    {"hipri", abi::kRwfHipri},
    {"dsync", abi::kRwfDsync},
    {"sync", abi::kRwfSync},
    {"nowait", abi::kRwfNowait},
    {"append", abi::kRwfAppend},
    {"noappend", abi::kRwfNoappend},
    {"atomic", abi::kRwfAtomic},
    {"dontcache", abi::kRwfDontcache},
    {"nosignal", abi::kRwfNosignal},
    {"resfd", kRequestFlagResfd},
    {"ioprio", kRequestFlagIoprio},
}};
constexpr auto kFlagWords = words_in(kFlags);

constexpr std::array<std::string_view, 5> kOrders = {"inline", "fifo", "lifo", "random", "pct"};

// The first four match requests alone, as `budget` does; the keys follow, then the schedule.
constexpr std::array<std::string_view, 24> kQualifiers = {
    "op",    "path",        "direct", "flags",  "fd",       "len",         "offset",  "nr",
    "data",  "ctx",         "thread", "min_nr", "inflight", "batch_index", "when",    "one_in",
    "times", "probability", "after",  "for",    "seq",      "budget",      "persist", "continue"};

constexpr std::array<std::string_view, 13> kStatements = {
    "setup",   "submit", "complete", "wait",  "cancel",  "medium", "durability",
    "hostile", "seed",   "set",      "order", "profile", "plan"};
constexpr std::array<std::string_view, 4> kSettings = {"aio-max-nr", "sector", "block", "legal"};

// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

template <typename Pairs>
auto look_up(const Pairs& pairs, std::string_view word) noexcept
    -> std::optional<decltype(pairs[0].second)> {
  for (const auto& [known, meaning] : pairs) {
    if (known == word) return meaning;
  }
  return std::nullopt;
}

}  // namespace

Words layer_words() noexcept { return kLayerWords; }

std::optional<Layer> layer_from_word(std::string_view word) noexcept {
  const auto found = std::find(kLayerWords.begin(), kLayerWords.end(), word);
  if (found == kLayerWords.end()) return std::nullopt;
  return static_cast<Layer>(found - kLayerWords.begin());
}

std::string_view word_of(Layer layer) noexcept {
  return kLayerWords[static_cast<std::size_t>(layer)];
}

std::optional<OpSet> ops_from_word(std::string_view word) noexcept { return look_up(kOps, word); }

Words op_words() noexcept { return kOpWords; }

std::string print_ops(OpSet ops) {
  std::string text;
  for (const auto& [word, meaning] : kOps) {
    if (word == "any" || (ops & meaning) != meaning) continue;
    if (!text.empty()) text += ',';
    text += word;
    ops &= ~meaning;
  }
  return text;
}

std::string spoken_ops(OpSet ops) {
  constexpr std::array<std::pair<std::string_view, OpSet>, 4> kGroups = {
      {{"reads", kReadOps}, {"writes", kWriteOps}, {"fsyncs", kSyncOps}, {"polls", kPollOps}}};
  std::vector<std::string_view> words;
  for (const auto& [word, group] : kGroups) {
    if ((ops & group) == group) words.push_back(word);
    if ((ops & group) == group) ops &= ~group;
  }
  if (ops != 0) return print_ops(ops) + (words.empty() ? "" : " and " + std::string(words[0]));
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += words[i];
  }
  return text;
}

std::optional<Key> key_from_word(std::string_view word) noexcept {
  const auto found = std::find(kKeyWords.begin(), kKeyWords.end(), word);
  if (found == kKeyWords.end()) return std::nullopt;
  return static_cast<Key>(found - kKeyWords.begin());
}

std::string_view word_of(Key key) noexcept { return kKeyWords[static_cast<std::size_t>(key)]; }

std::optional<Relation> relation_from_sign(std::string_view sign) noexcept {
  return look_up(kRelations, sign);
}

std::string_view sign_of(Relation relation) noexcept {
  for (const auto& [sign, meaning] : kRelations) {
    if (meaning == relation) return sign;
  }
  return "=";
}

Words flag_words() noexcept { return kFlagWords; }

std::uint32_t flag_of(std::size_t place) noexcept { return kFlags[place].second; }

std::string print_flags(std::uint32_t flags) {
  std::string text;
  for (const auto& [word, flag] : kFlags) {
    if ((flags & flag) != 0) text += (text.empty() ? "" : ",") + std::string(word);
  }
  return text;
}

Words order_words() noexcept { return kOrders; }

std::vector<std::string_view> action_words(Layer layer) {
  std::vector<std::string_view> words;
  for (const Site& site : sites()) {
    if (site.layer == layer && !contains(words, site.word)) words.push_back(site.word);
  }
  return words;
}

std::optional<Layer> layer_with_action(std::string_view word) noexcept {
  for (const Site& site : sites()) {
    if (site.word == word) return site.layer;
  }
  return std::nullopt;
}

Words qualifier_words() noexcept { return kQualifiers; }

std::vector<std::string_view> qualifier_words(Layer layer) {
  std::vector<std::string_view> words;
  for (const std::string_view word : kQualifiers) {
    for (const Subject subject :
         {Subject::setup_call, Subject::submit_call, Subject::wait_call, Subject::request}) {
      if (!has_subject(layer, subject) || !qualifies(word, subject)) continue;
      words.push_back(word);
      break;
    }
  }
  return words;
}

bool qualifies(std::string_view qualifier, Subject subject) noexcept {
  if (const std::optional<Key> key = key_from_word(qualifier)) return has_key(subject, *key);
  constexpr std::array<std::string_view, 5> kRequestOnly = {"op", "path", "direct", "flags",
                                                            "budget"};
  return subject == Subject::request || !contains(kRequestOnly, qualifier);
}

Words statement_words() noexcept { return kStatements; }
Words setting_words() noexcept { return kSettings; }

std::string_view nearest(std::string_view word, Words candidates) {
  if (word.empty()) return {};
  // In half edits: a candidate that begins as the word does is preferred to one that does not.
  std::size_t best = word.size() <= 3 ? 4 : 6;
  std::string_view found;
  for (const std::string_view candidate : candidates) {
    const std::size_t edits = distance(word, candidate);
    const std::size_t cost = 2 * edits + (candidate[0] == word[0] ? 0U : 1U);
    if (cost >= best || edits >= candidate.size()) continue;
    best = cost;
    found = candidate;
  }
  return found;
}

std::string listed(Words words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace aioemu::fault
