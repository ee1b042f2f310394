#include "observe/oracle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aioemu::observe {
namespace {

using testing::HasSubstr;

OracleChoice chosen(std::string_view list) {
  const auto parsed = parse_oracles(list);
  const auto* choice = std::get_if<OracleChoice>(&parsed);
  EXPECT_NE(choice, nullptr) << std::get<std::string>(parsed);
  return choice == nullptr ? OracleChoice{} : *choice;
}

TEST(ParseOracles, NoneAllAndTheDefault) {
  EXPECT_EQ(chosen("none").set, 0U);
  EXPECT_EQ(chosen("all").set, kAllOracles);
  EXPECT_EQ(chosen("default").set, kDefaultOracles);
}

TEST(ParseOracles, NamesAddUp) {
  EXPECT_EQ(chosen("dropped_iocb,overlap").set,
            oracle_bit(Oracle::dropped_iocb) | oracle_bit(Oracle::overlap));
  EXPECT_EQ(chosen("default,overlap").set, kDefaultOracles | oracle_bit(Oracle::overlap));
}

TEST(ParseOracles, AMinusTakesAway) {
  EXPECT_EQ(chosen("all,-overlap").set, kAllOracles & ~oracle_bit(Oracle::overlap));
  EXPECT_EQ(chosen("-unreaped_events").set, kDefaultOracles & ~oracle_bit(Oracle::unreaped_events));
}

TEST(ParseOracles, WholeBuffersIsAManner) {
  EXPECT_TRUE(chosen("whole_buffers").whole_buffers);
  EXPECT_EQ(chosen("whole_buffers").set, kDefaultOracles);
  EXPECT_FALSE(chosen("default").whole_buffers);
}

TEST(ParseOracles, AnUnknownWordIsRefusedWithTheNearestOne) {
  const auto parsed = parse_oracles("default,overlop");
  ASSERT_TRUE(std::holds_alternative<std::string>(parsed));
  EXPECT_THAT(std::get<std::string>(parsed), HasSubstr("did you mean overlap?"));
  EXPECT_TRUE(std::holds_alternative<std::string>(parse_oracles("")));
  EXPECT_TRUE(std::holds_alternative<std::string>(parse_oracles("none,all")));
  EXPECT_TRUE(std::holds_alternative<std::string>(parse_oracles("all,")));
}

TEST(ParseOracles, ReadsBackEveryChoiceThatPrintWrites) {
  for (OracleSet set = 0; set <= kAllOracles; ++set) {
    for (const bool whole : {false, true}) {
      const OracleChoice choice{set, whole && set != 0};
      EXPECT_EQ(chosen(print(choice)), choice) << print(choice);
    }
  }
}

TEST(OracleWords, EachIsReadBack) {
  for (std::size_t i = 0; i < kOracles; ++i) {
    const auto oracle = static_cast<Oracle>(i);
    EXPECT_EQ(oracle_named(word_of(oracle)), oracle);
  }
  EXPECT_EQ(oracle_named("nothing"), std::nullopt);
}

}  // namespace
}  // namespace aioemu::observe
