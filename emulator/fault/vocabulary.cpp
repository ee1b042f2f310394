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

constexpr std::array<std::string_view, 8> kLayers = {"submit", "complete", "setup",      "wait",
                                                     "cancel", "medium",   "durability", "hostile"};

constexpr std::array<std::pair<std::string_view, OpSet>, 11> kOps = {{
    {"read", kReadOps},
    {"write", kWriteOps},
    {"sync", kSyncOps},
    {"any", kReadOps | kWriteOps | kSyncOps | kPollOps},
    {"pread", op_bit(abi::Opcode::pread)},
    {"pwrite", op_bit(abi::Opcode::pwrite)},
    {"fsync", op_bit(abi::Opcode::fsync)},
    {"fdsync", op_bit(abi::Opcode::fdsync)},
    {"poll", kPollOps},
    {"preadv", op_bit(abi::Opcode::preadv)},
    {"pwritev", op_bit(abi::Opcode::pwritev)},
}};
constexpr std::array<std::string_view, 11> kOpWords = {"read",  "write",  "sync",   "any",
                                                       "pread", "pwrite", "preadv", "pwritev",
                                                       "fsync", "fdsync", "poll"};

constexpr std::array<std::pair<std::string_view, Key>, 4> kKeys = {
    {{"fd", Key::fd}, {"nr", Key::nr}, {"len", Key::len}, {"offset", Key::offset}}};

constexpr std::array<std::pair<std::string_view, Relation>, 7> kRelations = {{
    {"=", Relation::equal},
    {"==", Relation::equal},
    {"!=", Relation::not_equal},
    {"<", Relation::less},
    {"<=", Relation::at_most},
    {">", Relation::greater},
    {">=", Relation::at_least},
}};

constexpr std::array<std::string_view, 2> kSubmitActions = {"errno", "partial"};
constexpr std::array<std::string_view, 2> kCompleteActions = {"errno", "short"};
constexpr std::array<std::string_view, 8> kQualifiers = {"op",     "fd",   "nr",    "len",
                                                         "offset", "when", "times", "one_in"};
constexpr std::array<std::string_view, 5> kStatements = {"seed", "set", "plan", "submit",
                                                         "complete"};

constexpr std::array<std::string_view, 2> kLaterStatements = {"profile", "order"};
constexpr std::array<std::string_view, 16> kLaterQualifiers = {
    "path",   "direct",   "flags",       "data",  "ctx", "thread", "batch_index", "min_nr",
    "budget", "inflight", "probability", "after", "for", "seq",    "persist",     "continue"};
constexpr std::array<std::string_view, 32> kLaterActions = {"block",
                                                            "complete_early",
                                                            "delay",
                                                            "stall",
                                                            "hang",
                                                            "early",
                                                            "eventfd_late",
                                                            "einval",
                                                            "inprogress_done",
                                                            "inprogress_canceled",
                                                            "latent_sector_error",
                                                            "bit_rot",
                                                            "misdirected_write",
                                                            "misdirected_read",
                                                            "lost_write",
                                                            "stale_read",
                                                            "torn_write",
                                                            "fsync",
                                                            "eio_clean",
                                                            "eio_dirty",
                                                            "eio_revert",
                                                            "eio_next",
                                                            "lie",
                                                            "enospc",
                                                            "power_cut",
                                                            "duplicate",
                                                            "spurious",
                                                            "res_too_large",
                                                            "wrong_data",
                                                            "ring_corrupt",
                                                            "event_before_data",
                                                            "sectors"};
constexpr std::array<std::string_view, 3> kLaterSettings = {"sector", "block", "legal"};

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

Words layer_words() noexcept { return kLayers; }

std::optional<Layer> layer_from_word(std::string_view word) noexcept {
  if (word == "submit") return Layer::submit;
  if (word == "complete") return Layer::complete;
  return std::nullopt;
}

std::string_view word_of(Layer layer) noexcept {
  return layer == Layer::submit ? "submit" : "complete";
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

std::optional<Key> key_from_word(std::string_view word) noexcept { return look_up(kKeys, word); }

std::string_view word_of(Key key) noexcept { return kKeys[static_cast<std::size_t>(key)].first; }

std::optional<Relation> relation_from_sign(std::string_view sign) noexcept {
  return look_up(kRelations, sign);
}

std::string_view sign_of(Relation relation) noexcept {
  for (const auto& [sign, meaning] : kRelations) {
    if (meaning == relation) return sign;
  }
  return "=";
}

Words action_words(Layer layer) noexcept {
  return layer == Layer::submit ? Words(kSubmitActions) : Words(kCompleteActions);
}
Words qualifier_words() noexcept { return kQualifiers; }
Words statement_words() noexcept { return kStatements; }

bool is_later_statement(std::string_view word) noexcept { return contains(kLaterStatements, word); }
bool is_later_qualifier(std::string_view word) noexcept { return contains(kLaterQualifiers, word); }
bool is_later_action(std::string_view word) noexcept { return contains(kLaterActions, word); }
bool is_later_setting(std::string_view word) noexcept { return contains(kLaterSettings, word); }

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
