// The lint is tested with planted violations, at least one per rule, and with what looks like one
// and is none.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/tidy/cpp_text.h"
#include "tests/tidy/exceptions.h"
#include "tests/tidy/layers.h"
#include "tests/tidy/rules.h"

namespace tidy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Tree tree_of(std::vector<SourceFile> files) {
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  Tree tree;
  tree.files = std::move(files);
  return tree;
}

std::string lines(std::size_t n) {
  std::string text;
  for (std::size_t i = 0; i < n; ++i) text += "\n";
  return text;
}

// "path:line" of each finding.
std::vector<std::string> places(const std::vector<Finding>& findings) {
  std::vector<std::string> places;
  for (const Finding& finding : findings) {
    places.push_back(finding.path + ":" + std::to_string(finding.line));
  }
  return places;
}

const char* const kTable =
    "# a comment\n"
    "base  | emulator/base |\n"
    "core  | emulator/core | base\n"
    "sim   | emulator/sim emulator/include/aioemu/world.h | core\n"
    "host  | emulator/host | core\n"
    "tests | tests         | *\n";

TEST(IncludeDirection, UpwardsAndSidewaysIsFound) {
  const Tree tree = tree_of({{"emulator/base/b.h", "#include \"core/c.h\"\n"},
                             {"emulator/core/c.h", ""},
                             {"emulator/host/h.h", "#include <vector>\n#include \"sim/s.h\"\n"},
                             {"emulator/sim/s.h", ""}});
  const std::vector<Finding> found = check_layers(tree, Layers::parse(kTable));
  EXPECT_THAT(places(found), ElementsAre("emulator/base/b.h:1", "emulator/host/h.h:2"));
  EXPECT_EQ(found[1].message, "host may not include emulator/sim/s.h, which is part of sim");
}

TEST(IncludeDirection, DownwardsAlsoThroughOthersAndWithinALayerIsFine) {
  const Tree tree =
      tree_of({{"emulator/base/b.h", ""},
               {"emulator/sim/s.h", "#include \"base/b.h\"\n#include \"sim/t.h\"\n"},
               {"emulator/sim/t.h", "// #include \"host/h.h\"\n"},
               {"emulator/host/h.h", ""},
               {"tests/a_test.cpp", "#include \"host/h.h\"\n#include \"sim/s.h\"\n"}});
  EXPECT_THAT(check_layers(tree, Layers::parse(kTable)), IsEmpty());
}

TEST(IncludeDirection, ASinglePublicHeaderBelongsToItsLayer) {
  const Tree tree = tree_of({{"emulator/include/aioemu/world.h", ""},
                             {"emulator/host/h.cpp", "#include \"aioemu/world.h\"\n"},
                             {"emulator/sim/world.cpp", "#include \"aioemu/world.h\"\n"}});
  EXPECT_THAT(places(check_layers(tree, Layers::parse(kTable))),
              ElementsAre("emulator/host/h.cpp:1"));
}

TEST(IncludeDirection, AFileWithoutALayerIsFound) {
  const Tree tree = tree_of({{"emulator/new/n.h", ""}});
  EXPECT_THAT(places(check_layers(tree, Layers::parse(kTable))), ElementsAre("emulator/new/n.h:0"));
}

TEST(IncludeDirection, ATableThatNamesAnUnknownLayerIsRefused) {
  EXPECT_THROW(Layers::parse("a | emulator/a | nobody\n"), std::runtime_error);
  EXPECT_THROW(Layers::parse("just words\n"), std::runtime_error);
}

TEST(Unbuilt, ASourceThatNoTargetCompilesAndAnOrphanHeaderAreFound) {
  Tree tree = tree_of({{"emulator/base/a.cpp", "#include \"base/a.h\"\n"},
                       {"emulator/base/a.h", ""},
                       {"emulator/base/left_out.cpp", ""},
                       {"emulator/base/orphan.h", ""}});
  tree.knows_built = true;
  tree.built = {"emulator/base/a.cpp"};
  EXPECT_THAT(places(check_unbuilt(tree)),
              ElementsAre("emulator/base/left_out.cpp:0", "emulator/base/orphan.h:0"));
  tree.knows_built = false;
  EXPECT_THAT(places(check_unbuilt(tree)), ElementsAre("emulator/base/orphan.h:0"));
}

TEST(Unbuilt, CompileCommandsAreReadRelativeToTheRoot) {
  EXPECT_THAT(compiled_files("[{\"directory\": \"/b\",\n \"file\": \"/r/x/a.cpp\"\n},\n"
                             "{ \"file\": \"/elsewhere/b.cpp\" }]",
                             "/r"),
              ElementsAre("x/a.cpp"));
}

TEST(FunctionLength, SeventyLinesPassAndSeventyOneDoNot) {
  const Tree tree =
      tree_of({{"emulator/base/a.cpp", "namespace x {\nint good() {" + lines(69) + "}\n}\n"},
               {"emulator/base/b.cpp", "namespace x {\nint bad() {" + lines(70) + "}\n}\n"}});
  const std::vector<Finding> found = check_function_length(tree);
  EXPECT_THAT(places(found), ElementsAre("emulator/base/b.cpp:2"));
  EXPECT_EQ(found[0].message, "71 lines, the cap is 70: int bad()");
}

TEST(FunctionLength, MembersTestsAndConstructorsCount) {
  const std::string body = " {" + lines(70) + "}\n";
  const Tree tree =
      tree_of({{"a.cpp", "class A final : public B {\n public:\n  int member() const noexcept" +
                             body + "};\n"},
               {"b.cpp", "TEST(Suite, Name)" + body},
               {"c.cpp", "A::A(int x)\n    : b_{x},\n      c_(x)" + body},
               {"d.cpp", "struct iocb make(int fd)" + body}});
  EXPECT_THAT(places(check_function_length(tree)),
              ElementsAre("a.cpp:3", "b.cpp:1", "c.cpp:2", "d.cpp:1"));
}

TEST(FunctionLength, ClassesTablesAndBracesInTextDoNotCount) {
  const Tree tree =
      tree_of({{"a.cpp", "struct alignas(64) Big {" + lines(80) + "};\n"},
               {"b.cpp", "constexpr int kTable[] = {" + lines(80) + "};\n"},
               {"c.cpp", "enum class E : int {" + lines(80) + "};\n"},
               {"d.cpp", "void f() { puts(\"{\"); /* { */ g('{'); }" + lines(80)},
               {"e.cpp", "int n = 1'000'000;\nconst char* s = R\"(f() {\n)\";" + lines(80)},
               {"f.cpp", "extern \"C\" {" + lines(80) + "}\n"}});
  EXPECT_THAT(check_function_length(tree), IsEmpty());
}

TEST(FileLength, SixHundredLinesAndEightHundredForTests) {
  const Tree tree = tree_of({{"emulator/a.cpp", lines(600)},
                             {"emulator/b.cpp", lines(601)},
                             {"conformance/suite/a_test.cpp", lines(800)},
                             {"tests/unit/b.cpp", lines(801)},
                             {"docs/long.md", lines(2000)}});
  EXPECT_THAT(places(check_file_length(tree)),
              ElementsAre("emulator/b.cpp:0", "tests/unit/b.cpp:0"));
}

TEST(PragmaOnce, MustBeTheFirstCode) {
  const Tree tree = tree_of({{"a.h", "// Prose first.\n#pragma once\n"},
                             {"b.h", "#include <vector>\n#pragma once\n"},
                             {"c.h", "// #pragma once\n"}});
  EXPECT_THAT(places(check_pragma_once(tree)), ElementsAre("b.h:0", "c.h:0"));
}

TEST(FirstInclude, IsTheOwnHeaderWhereThereIsOne) {
  const Tree tree =
      tree_of({{"emulator/core/a.h", ""},
               {"emulator/core/a.cpp", "// why\n#include \"core/a.h\"\n#include <map>\n"},
               {"emulator/core/b.h", ""},
               {"emulator/core/b.cpp", "#include <map>\n\n#include \"core/b.h\"\n"},
               {"emulator/core/alone.cpp", "#include <map>\n"}});
  EXPECT_THAT(places(check_first_include(tree)), ElementsAre("emulator/core/b.cpp:1"));
}

TEST(PublicHeader, MayNotIncludeWhatIsNotInstalled) {
  const Tree tree =
      tree_of({{"emulator/core/a.h", ""},
               {"emulator/include/aioemu/a.h", "#include <map>\n#include \"core/a.h\"\n"},
               {"emulator/include/aioemu/b.h", "#include \"aioemu/a.h\"\n"}});
  EXPECT_THAT(places(check_public_headers(tree)), ElementsAre("emulator/include/aioemu/a.h:2"));
}

TEST(Unfinished, MarkersAreFoundInAnyKindOfFile) {
  const std::string marker = std::string("TO") + "DO";
  const std::string fix = std::string("FIX") + "ME";
  const std::string crosses = std::string("XX") + "X";
  const Tree tree = tree_of({{"a.cpp", "\n// " + marker + ": later\n"},
                             {"b.md", fix + "\n"},
                             {"c.txt", "see " + crosses + "\n"},
                             {"d.cpp", "mkstemp(\"/tmp/a.XXXXXX\"); int TODOS;\n"}});
  EXPECT_THAT(places(check_unfinished(tree)), ElementsAre("a.cpp:2", "b.md:1", "c.txt:1"));
}

TEST(Outside, PathsAndTrackerNumbersAreFound) {
  const Tree tree = tree_of({{"a.md", std::string("see ..") + "/shared/x.md\n"},
                             {"b.cpp", std::string("// /wo") + "rk/main\n"},
                             {"c.md", std::string("as iss") + "ue 12 says\n"},
                             {"d.md", std::string("fixed (#") + "12)\n"},
                             {"e.md", "an issue with 2 files; a network/router; workers\n"}});
  EXPECT_THAT(places(check_outside(tree)), ElementsAre("a.md:1", "b.cpp:1", "c.md:1", "d.md:1"));
}

TEST(Exceptions, ExcuseAFindingAndAreFoundWhenStale) {
  const Finding finding{"unbuilt", "a.cpp", 0, "no target compiles it"};
  EXPECT_THAT(without_excused({finding}, "# none\n"), ElementsAre(finding));
  EXPECT_THAT(without_excused({finding}, "unbuilt | a.cpp | built by a test\n"), IsEmpty());
  const std::vector<Finding> stale = without_excused({}, "unbuilt | a.cpp | built by a test\n");
  EXPECT_THAT(places(stale), ElementsAre("tests/tidy/exceptions.txt:1"));
  EXPECT_EQ(without_excused({finding}, "unbuilt | a.cpp |\n")[0].message, "gives no reason");
}

TEST(CppText, CommentsAndLiteralsBecomeBlanks) {
  EXPECT_EQ(code_only("a /* { */ b // c\nd"), "a         b     \nd");
  EXPECT_EQ(code_only("f(\"x\\\"{\", '{')"), "f(\"    \", ' ')");
}

}  // namespace
}  // namespace tidy
