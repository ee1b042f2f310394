// The choice sources: what every user of them relies on.

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "aioemu/choice.h"
#include "tests/property/property.h"

namespace aioemu {
namespace {

using property::holds;

Choice any_question() {
  Choice choice;
  choice.kind = *rc::gen::element(ChoiceKind::next_completion, ChoiceKind::batch_size);
  for (std::uint64_t& part : choice.identity) part = *rc::gen::inRange<std::uint64_t>(0, 4);
  choice.answers = *rc::gen::inRange<std::uint32_t>(1, 9);
  return choice;
}

std::vector<Choice> any_questions() {
  return *rc::gen::container<std::vector<Choice>>(rc::gen::exec(any_question));
}

std::vector<std::uint32_t> answers(ChoiceSource& source, const std::vector<Choice>& questions) {
  std::vector<std::uint32_t> given;
  for (const Choice& question : questions) given.push_back(source.pick(question));
  return given;
}

bool same_question(const Choice& one, const Choice& other) {
  return one.kind == other.kind && one.identity == other.identity;
}

std::vector<Choice> only(const Choice& wanted, const std::vector<Choice>& questions) {
  std::vector<Choice> found;
  for (const Choice& question : questions) {
    if (same_question(question, wanted)) found.push_back(question);
  }
  return found;
}

// A program of at most `depth` questions, in which each answer decides what is asked next.
std::vector<std::uint32_t> branching_run(ChoiceSource& source, std::uint64_t shape, int depth) {
  std::vector<std::uint32_t> path;
  std::uint64_t state = shape;
  for (int i = 0; i < depth && state % 5 != 4; ++i) {
    const Choice question{
        ChoiceKind::batch_size, {state, 0, 0}, 1 + static_cast<std::uint32_t>(state % 3)};
    path.push_back(source.pick(question));
    state = state / 3 + 7 * path.back() + shape % 11;
  }
  return path;
}

// The number of ways that program can go, counted by following every answer.
int ways(std::uint64_t shape, std::uint64_t state, int depth) {
  if (depth == 0 || state % 5 == 4) return 1;
  int sum = 0;
  for (std::uint64_t answer = 0; answer < 1 + state % 3; ++answer) {
    sum += ways(shape, state / 3 + 7 * answer + shape % 11, depth - 1);
  }
  return sum;
}

TEST(ChoiceProperty, EveryAnswerIsOneOfTheAnswers) {
  holds([] {
    SeededChoices seeded(*rc::gen::arbitrary<std::uint64_t>());
    ScriptedChoices scripted(*rc::gen::arbitrary<std::vector<std::uint32_t>>());
    for (const Choice& question : any_questions()) {
      RC_ASSERT(seeded.pick(question) < question.answers);
      RC_ASSERT(scripted.pick(question) < question.answers);
    }
  });
}

TEST(ChoiceProperty, ASeedsAnswerIsAFunctionOfTheQuestionAndHowOftenItWasAsked) {
  holds([] {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const std::vector<Choice> questions = any_questions();
    RC_PRE(!questions.empty());
    const Choice wanted = *rc::gen::elementOf(questions);
    SeededChoices crowded(seed);
    std::vector<std::uint32_t> in_the_crowd;
    for (const Choice& question : questions) {
      const std::uint32_t answer = crowded.pick(question);
      if (same_question(question, wanted)) in_the_crowd.push_back(answer);
    }
    SeededChoices alone(seed);
    RC_ASSERT(answers(alone, only(wanted, questions)) == in_the_crowd);
  });
}

TEST(ChoiceProperty, AScriptIsFollowedAndRemembered) {
  holds([] {
    const std::vector<Choice> questions = any_questions();
    std::vector<std::uint32_t> script;
    for (const Choice& question : questions) {
      script.push_back(*rc::gen::inRange<std::uint32_t>(0, question.answers));
    }
    ScriptedChoices source(script);
    RC_ASSERT(answers(source, questions) == script);
    RC_ASSERT(source.asked().size() == questions.size());
    for (std::size_t i = 0; i < questions.size(); ++i) {
      RC_ASSERT(source.asked()[i].choice == questions[i]);
      RC_ASSERT(source.asked()[i].answer == script[i]);
    }
  });
}

TEST(ChoiceProperty, NextScriptGoesEveryWayOnceAndThenStops) {
  holds([] {
    const auto shape = *rc::gen::inRange<std::uint64_t>(0, 100000);
    const int depth = *rc::gen::inRange(0, 7);
    std::set<std::vector<std::uint32_t>> seen;
    std::vector<std::uint32_t> script;
    bool more = true;
    while (more) {
      ScriptedChoices source(script);
      RC_ASSERT(seen.insert(branching_run(source, shape, depth)).second);
      more = source.next_script(script);
    }
    RC_ASSERT(static_cast<int>(seen.size()) == ways(shape, shape, depth));
  });
}

}  // namespace
}  // namespace aioemu
