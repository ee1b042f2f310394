#include "aioemu/choice.h"

#include "base/check.h"
#include "base/prng.h"

namespace aioemu {

std::uint32_t SeededChoices::pick(const Choice& choice) {
  AIOEMU_CHECK(choice.answers > 0);
  std::uint64_t hash = Prng::mix(static_cast<std::uint64_t>(choice.kind));
  for (const std::uint64_t part : choice.identity) hash = Prng::mix(hash ^ part);
  const std::uint64_t occurrence = asked_[hash]++;
  Prng stream(Prng::mix(seed_) ^ Prng::mix(hash + occurrence));
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

}  // namespace aioemu
