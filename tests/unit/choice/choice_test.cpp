#include "aioemu/choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
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

TEST(SeededChoices, WeighsAnswersByTheirOdds) {
  SeededChoices source(1);
  int rare = 0;
  int certain = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    rare += static_cast<int>(source.pick({ChoiceKind::rule_fires, {i, 0, 0}, 2, {1, 100}}));
    certain += static_cast<int>(source.pick({ChoiceKind::rule_fires, {i, 1, 0}, 2, {1, 1}}));
  }
  EXPECT_GT(rare, 0);
  EXPECT_LT(rare, 30);
  EXPECT_EQ(certain, 1000);
}

TEST(RecordingChoices, HandsOnAndWritesDown) {
  ScriptedChoices script({2, 1});
  RecordingChoices source(script);
  EXPECT_EQ(source.pick(question(1, 3)), 2U);
  EXPECT_EQ(source.pick(question(2, 3)), 1U);
  EXPECT_THAT(source.recorded(),
              ElementsAre(RecordedChoice{question(1, 3), 2}, RecordedChoice{question(2, 3), 1}));
}

TEST(ReplayChoices, GivesTheAnswersOfTheRecord) {
  ReplayChoices source({{question(1, 3), 2}, {question(2, 3), 1}});
  EXPECT_EQ(source.pick(question(1, 3)), 2U);
  EXPECT_EQ(source.used(), 1U);
  EXPECT_EQ(source.pick(question(2, 3)), 1U);
  EXPECT_FALSE(source.divergence().has_value());
  EXPECT_EQ(source.used(), 2U);
}

TEST(ReplayChoices, ReportsTheFirstOtherQuestion) {
  ReplayChoices source({{question(1, 3), 2}, {question(2, 3), 1}, {question(3, 3), 1}});
  source.pick(question(1, 3));
  EXPECT_EQ(source.pick(question(7, 4)), 0U);
  EXPECT_EQ(source.pick(question(3, 3)), 0U);  // what follows means nothing any more
  ASSERT_TRUE(source.divergence().has_value());
  EXPECT_EQ(source.divergence()->at, 1U);
  EXPECT_EQ(source.divergence()->expected, question(2, 3));
  EXPECT_EQ(describe(*source.divergence()),
            "question 2: next_completion(7, 0, 0) of 4, where the record has "
            "next_completion(2, 0, 0) of 3");
}

TEST(ReplayChoices, ReportsAQuestionBehindTheRecord) {
  ReplayChoices source({});
  EXPECT_EQ(source.pick(question(7, 4)), 0U);
  ASSERT_TRUE(source.divergence().has_value());
  EXPECT_FALSE(source.divergence()->expected.has_value());
  EXPECT_EQ(describe(*source.divergence()),
            "question 1: next_completion(7, 0, 0) of 4, where the record ends");
}

TEST(ByteChoices, TakesAsManyBytesAsTheAnswersNeed) {
  const std::vector<std::uint8_t> bytes = {5, 7, 1, 2, 3, 4, 5};
  ByteChoices source(bytes);
  EXPECT_EQ(source.pick(question(0, 1)), 0U);
  EXPECT_EQ(source.left(), 7U);
  EXPECT_EQ(source.pick(question(0, 3)), 2U);
  EXPECT_EQ(source.pick(question(0, 256)), 7U);
  EXPECT_EQ(source.left(), 5U);
  EXPECT_EQ(source.pick(question(0, 257)), 0x0201U % 257);
  EXPECT_EQ(source.left(), 3U);
}

TEST(ByteChoices, AnswersZeroWhenTheBytesAreUsedUp) {
  const std::vector<std::uint8_t> bytes = {9};
  ByteChoices source(bytes);
  EXPECT_EQ(source.pick(question(0, 70000)), 9U);
  EXPECT_EQ(source.pick(question(0, 70000)), 0U);
  EXPECT_EQ(source.pick(question(0, 2)), 0U);
}

TEST(Describe, NamesEveryKind) {
  for (const ChoiceKind kind :
       {ChoiceKind::next_completion, ChoiceKind::batch_size, ChoiceKind::cut_truncation,
        ChoiceKind::cut_block, ChoiceKind::cut_sector, ChoiceKind::rule_fires,
        ChoiceKind::fault_amount}) {
    EXPECT_EQ(describe(Choice{kind, {1, 2, 3}, 4}).find("a kind of"), std::string::npos);
  }
}

}  // namespace
}  // namespace aioemu
