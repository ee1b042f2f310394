#include "aioemu/testing/fuzz_input.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace aioemu::testing {
namespace {

std::uint32_t answer(FuzzInput& fuzz) {
  return fuzz.choices().pick({ChoiceKind::next_completion, {}, 256, {}});
}

TEST(FuzzInput, GivesAShareToTheProgramAndTheRestToTheChoices) {
  const std::vector<std::uint8_t> data = {128, 0, 'a', 'b', 'c', 'd', 1, 2, 3, 4};
  FuzzInput fuzz(data.data(), data.size());
  EXPECT_EQ(fuzz.text(), "abcd");
  EXPECT_EQ(fuzz.bytes().size(), 4U);
  EXPECT_EQ(answer(fuzz), 1U);
  EXPECT_EQ(answer(fuzz), 2U);
}

TEST(FuzzInput, CanGiveEverythingToEither) {
  std::vector<std::uint8_t> data(200002, 7);
  data[0] = data[1] = 255;
  EXPECT_EQ(FuzzInput(data).bytes().size(), 200000U);
  data[0] = data[1] = 0;
  FuzzInput choices(data);
  EXPECT_EQ(choices.bytes().size(), 0U);
  EXPECT_EQ(choices.choices().left(), 200000U);
}

TEST(FuzzInput, LosesNoByte) {
  for (std::size_t size = 2; size < 300; ++size) {
    std::vector<std::uint8_t> data(size);
    std::iota(data.begin(), data.end(), std::uint8_t{31});
    FuzzInput fuzz(data);
    EXPECT_EQ(fuzz.bytes().size() + fuzz.choices().left(), size - 2);
  }
}

TEST(FuzzInput, MeansSomethingWhenItIsTooShort) {
  for (std::size_t size = 0; size < 3; ++size) {
    const std::vector<std::uint8_t> data(size, 255);
    FuzzInput fuzz(data);
    EXPECT_LE(fuzz.bytes().size(), 1U);
    EXPECT_EQ(answer(fuzz), 0U);
    EXPECT_EQ(draw_plan(fuzz.choices()), "");
  }
}

}  // namespace
}  // namespace aioemu::testing
