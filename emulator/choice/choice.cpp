#include "aioemu/choice.h"

#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "base/prng.h"

namespace aioemu {
namespace {

std::string_view word_of(ChoiceKind kind) noexcept {
  switch (kind) {
    case ChoiceKind::next_completion:
      return "next_completion";
    case ChoiceKind::batch_size:
      return "batch_size";
    case ChoiceKind::cut_truncation:
      return "cut_truncation";
    case ChoiceKind::cut_block:
      return "cut_block";
    case ChoiceKind::cut_sector:
      return "cut_sector";
    case ChoiceKind::rule_fires:
      return "rule_fires";
    case ChoiceKind::fault_amount:
      return "fault_amount";
    case ChoiceKind::completion_priority:
      return "completion_priority";
    case ChoiceKind::priority_change:
      return "priority_change";
    case ChoiceKind::drawn:
      return "drawn";
  }
  return "a kind of question that this version does not know";
}

}  // namespace

std::string describe(const Choice& choice) {
  std::string text(word_of(choice.kind));
  for (std::size_t i = 0; i < choice.identity.size(); ++i) {
    text += (i == 0 ? "(" : ", ") + std::to_string(choice.identity[i]);
  }
  return text + ") of " + std::to_string(choice.answers);
}

std::uint32_t SeededChoices::pick(const Choice& choice) {
  AIOEMU_CHECK(choice.answers > 0);
  std::uint64_t hash = Prng::mix(static_cast<std::uint64_t>(choice.kind));
  for (const std::uint64_t part : choice.identity) hash = Prng::mix(hash ^ part);
  const std::uint64_t occurrence = asked_[hash]++;
  Prng stream(Prng::mix(seed_) ^ Prng::mix(hash + occurrence));
  if (choice.odds.of != 0) return stream.below(choice.odds.of) < choice.odds.chance ? 1 : 0;
  return static_cast<std::uint32_t>(stream.below(choice.answers));
}

std::uint32_t ScriptedChoices::pick(const Choice& choice) {
  AIOEMU_CHECK(choice.answers > 0);
  const std::size_t at = asked_.size();
  const std::uint32_t answer = at < answers_.size() ? answers_[at] % choice.answers : 0;
  asked_.push_back({choice, answer});
  return answer;
}

bool ScriptedChoices::next_script(std::vector<std::uint32_t>& script) const {
  std::size_t depth = asked_.size();
  while (depth > 0 && asked_[depth - 1].answer + 1 == asked_[depth - 1].choice.answers) --depth;
  script.clear();
  if (depth == 0) return false;
  for (std::size_t i = 0; i < depth; ++i) script.push_back(asked_[i].answer);
  ++script.back();
  return true;
}

std::uint32_t RecordingChoices::pick(const Choice& choice) {
  const std::uint32_t answer = source_.pick(choice);
  recorded_.push_back({choice, answer});
  return answer;
}

std::uint32_t ReplayChoices::pick(const Choice& choice) {
  AIOEMU_CHECK(choice.answers > 0);
  if (divergence_) return 0;
  const bool over = used_ == recorded_.size();
  if (!over && recorded_[used_].choice == choice) {
    return std::min(recorded_[used_++].answer, choice.answers - 1);
  }
  divergence_ = Divergence{
      used_, over ? std::nullopt : std::optional<Choice>(recorded_[used_].choice), choice};
  return 0;
}

std::string describe(const ReplayChoices::Divergence& divergence) {
  return "question " + std::to_string(divergence.at + 1) + ": " + describe(divergence.asked) +
         (divergence.expected ? ", where the record has " + describe(*divergence.expected)
                              : ", where the record ends");
}

std::uint32_t ByteChoices::pick(const Choice& choice) {
  AIOEMU_CHECK(choice.answers > 0);
  std::uint64_t value = 0;
  unsigned shift = 0;
  for (std::uint64_t most = choice.answers - 1; most != 0 && !bytes_.empty(); most >>= 8U) {
    value |= std::uint64_t{bytes_.front()} << shift;
    shift += 8;
    bytes_ = bytes_.subspan(1);
  }
  return static_cast<std::uint32_t>(value % choice.answers);
}

}  // namespace aioemu
