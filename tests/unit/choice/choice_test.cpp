#include "aioemu/choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace aioemu {
namespace {

using testing::ElementsAre;

Choice question(std::uint64_t identity, std::uint32_t answers) {
  return {ChoiceKind::next_completion, {identity, 0, 0}, answers};
}

std::vector<std::uint32_t> first_answers(ChoiceSource& source, int count) {
  std::vector<std::uint32_t> answers;
  for (int i = 0; i < count; ++i) {
    answers.push_back(source.pick(question(static_cast<std::uint64_t>(i), 1000)));
  }
  return answers;
}

TEST(SeededChoices, SameSeedGivesSameAnswers) {
  SeededChoices one(7);
  SeededChoices two(7);
  EXPECT_EQ(first_answers(one, 50), first_answers(two, 50));
}

TEST(SeededChoices, OtherSeedGivesOtherAnswers) {
  SeededChoices one(7);
  SeededChoices two(8);
  EXPECT_NE(first_answers(one, 50), first_answers(two, 50));
}

TEST(SeededChoices, AnAnswerDoesNotDependOnOtherQuestions) {
  SeededChoices alone(3);
  SeededChoices crowded(3);
  for (std::uint64_t i = 100; i < 200; ++i) crowded.pick(question(i, 10));
  EXPECT_EQ(alone.pick(question(5, 1000)), crowded.pick(question(5, 1000)));
}

TEST(SeededChoices, TheSameQuestionAgainGetsFreshAnswers) {
  SeededChoices source(1);
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 20; ++i) seen.insert(source.pick(question(1, 1000000)));
  EXPECT_GT(seen.size(), 15U);
}

TEST(SeededChoices, EveryAnswerIsInRange) {
  SeededChoices source(1);
  for (std::uint32_t answers = 1; answers < 50; ++answers) {
    EXPECT_LT(source.pick(question(answers, answers)), answers);
  }
}

TEST(ScriptedChoices, FollowsTheScriptThenAnswersZero) {
  ScriptedChoices source({2, 1, 9});
  EXPECT_EQ(source.pick(question(0, 3)), 2U);
  EXPECT_EQ(source.pick(question(0, 3)), 1U);
  EXPECT_EQ(source.pick(question(0, 4)), 1U);  // 9 modulo 4
  EXPECT_EQ(source.pick(question(0, 3)), 0U);
  EXPECT_EQ(source.asked().size(), 4U);
}

TEST(ScriptedChoices, NextScriptEnumeratesEveryCombinationOnce) {
  std::vector<std::uint32_t> script;
  std::set<std::vector<std::uint32_t>> seen;
  bool more = true;
  while (more) {
    ScriptedChoices source(script);
    std::vector<std::uint32_t> run{source.pick(question(0, 3))};
    if (run[0] != 1) run.push_back(source.pick(question(1, 2)));
    EXPECT_TRUE(seen.insert(run).second);
    more = source.next_script(script);
  }
  EXPECT_THAT(seen, ElementsAre(ElementsAre(0, 0), ElementsAre(0, 1), ElementsAre(1),
                                ElementsAre(2, 0), ElementsAre(2, 1)));
}

}  // namespace
}  // namespace aioemu
