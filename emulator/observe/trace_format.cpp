#include "observe/trace_format.h"

#include <algorithm>
#include <array>

#include "fault/sites.h"

namespace aioemu::observe {
namespace {

constexpr FieldSet set(std::initializer_list<Field> fields) noexcept {
  FieldSet all = 0;
  for (const Field field : fields) all |= static_cast<FieldSet>(field);
  return all;
}

constexpr FieldSet kCall = set({Field::call});
constexpr FieldSet kRequest = set({Field::call, Field::index, Field::request});
constexpr FieldSet kResult = set({Field::result});
constexpr FieldSet kRule = set({Field::rule});

// In the order of Event.
constexpr std::array<EventFormat, kEvents> kFormats{{
    {},
    {set({Field::context}) | kResult, "nr_events", ""},
    {kCall, "nr", ""},
    {kRequest | kResult | kRule, "", ""},
    {kRequest, "", ""},
    {kRequest, "", ""},
    {kRequest, "", ""},
    {kRequest | kResult | kRule, "", ""},
    {kRequest, "", ""},
    {kCall | kResult, "nr", ""},
    {kCall, "nr", "min_nr"},
    {kCall | kResult | set({Field::serial}), "", ""},
    {kCall | kResult, "", ""},
    {kRequest | kResult | kRule, "", ""},
    {set({Field::context}), "in_flight", "unreaped"},
    {set({Field::context}) | kResult, "", ""},
    {set({Field::request}) | kResult, "", ""},
    {kRequest | kRule | set({Field::place}), "", "amount"},
    {{}, "", "amount"},
    {set({Field::context}), "in_flight", "unreaped"},
    {},
}};

// The place in sites() of each layer's actions.
struct SiteWords {
  std::vector<std::string> words;
  SiteWords() {
    for (const fault::Site& site : fault::sites()) words.push_back(fault::title(site));
  }
};

const std::vector<std::string>& site_words() noexcept {
  static const SiteWords all;
  return all.words;
}

// Short counts have one site, whatever says how short.
fault::Action kind_of(fault::Action action) noexcept {
  const bool is_short = action == fault::Action::short_by || action == fault::Action::short_sectors;
  return is_short ? fault::Action::short_to : action;
}

}  // namespace

EventFormat format_of(Event event) noexcept {
  const auto number = static_cast<std::size_t>(event);
  return number < kFormats.size() ? kFormats[number] : EventFormat{};
}

std::string_view action_word(fault::Layer layer, fault::Action action) noexcept {
  const auto all = fault::sites();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].layer == layer && all[i].action == kind_of(action)) return site_words()[i];
  }
  return "unknown";
}

std::optional<fault::Action> action_named(fault::Layer layer, std::string_view word) noexcept {
  const auto all = fault::sites();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].layer == layer && site_words()[i] == word) return all[i].action;
  }
  return std::nullopt;
}

std::string rule_word(const fault::FaultRule& rule, std::span<const std::string> words) {
  const std::string plain = fault::title(rule);
  std::string word = plain;
  for (int number = 2; std::find(words.begin(), words.end(), word) != words.end(); ++number) {
    word = plain + " #" + std::to_string(number);
  }
  return word;
}

std::vector<std::string> rule_words(const fault::FaultPlan& plan) {
  std::vector<std::string> words;
  for (const fault::FaultRule& rule : plan.rules) words.push_back(rule_word(rule, words));
  return words;
}

}  // namespace aioemu::observe
