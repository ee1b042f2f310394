#include "cli/conform_table.h"

#include <gtest/gtest.h>

namespace aioemu::cli {
namespace {

constexpr const char* kFirst =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="aioemu-conformance">
  <testsuite name="emulator" tests="4" failures="1" errors="0" skipped="2">
    <testcase classname="emulator.Submit" name="A" time="0.001"/>
    <testcase classname="emulator.Submit" name="B" time="0.001"><failure message="failed">was &lt;0
twice</failure></testcase>
    <testcase classname="emulator.Ring" name="C" time="0.001"><skipped message="not applicable: x"/></testcase>
    <testcase classname="emulator.Ring" name="D" time="0.001"><skipped message="known difference: y"/></testcase>
  </testsuite>
  <testsuite name="kernel" tests="1" failures="0" errors="1" skipped="0">
    <testcase classname="kernel.Submit" name="A" time="0.001"><error message="broken">z</error></testcase>
  </testsuite>
</testsuites>
)";
constexpr const char* kSecond =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="aioemu-conformance">
  <testsuite name="preload" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="preload.Waiting" name="A" time="0.001"/>
  </testsuite>
</testsuites>
)";

TEST(ConformTable, CountsEachVerdict) {
  ConformTable table;
  ASSERT_TRUE(add_junit(table, kFirst));
  ASSERT_EQ(table.backends.size(), 2U);
  EXPECT_EQ(table.backends[0].first, "emulator");
  const auto& areas = table.backends[0].second;
  EXPECT_EQ(areas.at("Submit").passed, 1);
  EXPECT_EQ(areas.at("Submit").failed, 1);
  EXPECT_EQ(areas.at("Ring").not_applicable, 1);
  EXPECT_EQ(areas.at("Ring").differing, 1);
  EXPECT_EQ(table.backends[1].second.at("Submit").broken, 1);
}

TEST(ConformTable, PutsSeveralRunsSideBySide) {
  ConformTable table;
  ASSERT_TRUE(add_junit(table, kFirst));
  ASSERT_TRUE(add_junit(table, kSecond));
  EXPECT_EQ(print(table),
            "  area               emulator       kernel      preload\n"
            "  Ring                  1d 1-            .            .\n"
            "  Submit                 1 1F           1B            .\n"
            "  Waiting                   .            .            1\n"
            "  all              1 1F 1d 1-           1B            1\n"
            "  F failed, B broken, d differs as the ledger says, - not applicable\n");
}

TEST(ConformTable, RefusesOtherFiles) {
  ConformTable table;
  EXPECT_FALSE(add_junit(table, ""));
  EXPECT_FALSE(add_junit(table, "<testsuites name=\"other\"></testsuites>"));
  EXPECT_TRUE(table.backends.empty());
}

TEST(MergedJunit, HoldsTheSuitesOfAll) {
  ConformTable table;
  ASSERT_TRUE(add_junit(table, merged_junit({kFirst, "nonsense", kSecond})));
  EXPECT_EQ(table.backends.size(), 3U);
  EXPECT_EQ(table.backends[2].second.at("Waiting").passed, 1);
}

}  // namespace
}  // namespace aioemu::cli
