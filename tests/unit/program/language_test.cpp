#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "conformance/program/bytes.h"
#include "conformance/program/generate.h"
#include "conformance/program/text.h"
#include "conformance/program/verbs.h"

namespace conformance::program {
namespace {

Program parsed(const std::string& text) {
  const std::variant<Program, ParseError> result = parse(text);
  if (const auto* error = std::get_if<ParseError>(&result)) {
    ADD_FAILURE() << error->line << ":" << error->column << ": " << error->message;
    return {};
  }
  return std::get<Program>(result);
}

ParseError error_of(const std::string& text) {
  const std::variant<Program, ParseError> result = parse(text);
  const auto* error = std::get_if<ParseError>(&result);
  return error == nullptr ? ParseError{0, 0, "it parses"} : *error;
}

RC_GTEST_PROP(Language, AnyBytesAreACanonicalProgram, (const std::vector<std::uint8_t>& bytes)) {
  const Program program = decode(bytes);
  RC_ASSERT(program == canonical(program));
  RC_ASSERT(program.statements.size() <= kMaxStatements);
}

RC_GTEST_PROP(Language, EncodingAndDecodingGivesTheSameProgram,
              (const std::vector<std::uint8_t>& bytes)) {
  const Program program = decode(bytes);
  RC_ASSERT(decode(encode(program)) == program);
}

RC_GTEST_PROP(Language, PrintingAndParsingGivesTheSameProgram,
              (const std::vector<std::uint8_t>& bytes)) {
  const Program program = decode(bytes);
  const std::variant<Program, ParseError> again = parse(print(program));
  RC_ASSERT(std::holds_alternative<Program>(again));
  RC_ASSERT(std::get<Program>(again) == program);
}

RC_GTEST_PROP(Language, GeneratedProgramsSurviveBothForms, (std::uint64_t seed)) {
  const Program program = generate(seed);
  RC_ASSERT(program == generate(seed));
  RC_ASSERT(decode(encode(program)) == program);
  RC_ASSERT(std::get<Program>(parse(print(program))) == program);
}

TEST(Language, GeneratedProgramsUseEveryVerb) {
  std::array<unsigned, kVerbs> seen{};
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    for (const Statement& one : generate(seed).statements) {
      ++seen[static_cast<std::size_t>(one.verb)];
    }
  }
  for (std::size_t i = 0; i < kVerbs; ++i) {
    EXPECT_GT(seen[i], 0U) << row_of(static_cast<Verb>(i)).name;
  }
}

TEST(Language, TextNamesWhatIsMeant) {
  const Program program = parsed(
      "start ctx0=12  # where the ring stands\n"
      "iocb iocb3 pwrite fd=pipe_w buf=buffer+512 nbytes=100 data=7\n"
      "\n"
      "submit ctx1 nr=2 iocb3 null\n");
  ASSERT_EQ(program.statements.size(), 2U);
  EXPECT_EQ(program.start[0], 12);
  const Statement& fill = program.statements[0];
  EXPECT_EQ(fill.verb, Verb::iocb);
  EXPECT_EQ(fill.field[at::kIocb], 3U);
  EXPECT_EQ(fill.field[at::kOpcode], 1U);
  EXPECT_EQ(fill.field[at::kBuffer], pack_data({Area::buffer, 512}));
  const Statement& submit = program.statements[1];
  EXPECT_EQ(submit.field[at::kContext], pack({Area::ring1, 0}));
  EXPECT_EQ(submit.field[at::kFirst], pack(iocb_place(3)));
  EXPECT_EQ(submit.field[at::kFirst + 1], pack({Area::null, 0}));
  EXPECT_EQ(submit.field[at::kFirst + 2], kNoPointer);
}

TEST(Language, UsualValuesAreNotPrinted) {
  EXPECT_EQ(print(parsed("getevents ctx0 min=0 nr=1 timeout=time")), "getevents ctx0\n");
}

TEST(Language, NegativeCountsArePrintedWithTheirSign) {
  EXPECT_EQ(print(parsed("getevents ctx0 min=-1")), "getevents ctx0 min=-1\n");
}

TEST(Language, AnUnknownStatementIsAnErrorAtItsPlace) {
  const ParseError error = error_of("submit ctx0\n  launch ctx0\n");
  EXPECT_EQ(error.line, 2U);
  EXPECT_EQ(error.column, 3U);
  EXPECT_EQ(error.message, "no statement is called 'launch'");
}

TEST(Language, AnUnknownFieldIsAnErrorAtItsPlace) {
  const ParseError error = error_of("submit ctx0 count=2\n");
  EXPECT_EQ(error.column, 13U);
  EXPECT_EQ(error.message, "submit has no such field");
}

TEST(Language, AnUnknownValueIsAnErrorAtItsPlace) {
  const ParseError error = error_of("close fd=socket\n");
  EXPECT_EQ(error.column, 7U);
  EXPECT_EQ(error.message, "'socket' is no value for this field");
}

TEST(Language, WordsNobodyWantsAreAnError) {
  EXPECT_EQ(error_of("close rw ro\n").message, "close has no use for this word");
  EXPECT_EQ(error_of("submit ctx0 iocb0 iocb1 iocb2 iocb3 iocb4 iocb5 iocb6 iocb7 iocb8\n").message,
            "submit has no use for this word");
}

TEST(Language, AStartOutsideTheRingIsAnError) {
  EXPECT_EQ(error_of("start ctx0=127\n").message, "start wants ctx0=N (0..126) or ctx1=N (0..254)");
}

TEST(Language, TooManyStatementsAreAnError) {
  std::string text;
  for (std::size_t i = 0; i <= kMaxStatements; ++i) text += "close rw\n";
  EXPECT_EQ(error_of(text).line, kMaxStatements + 1);
}

// Words that hold descriptors are filled in by name only: a number means another file elsewhere.
TEST(Language, NoPokeReachesADescriptor) {
  for (std::uint64_t word = 0; word < 32; ++word) {
    const std::uint64_t canonical_word = canonical(Kind::iocb_word, word);
    EXPECT_NE(canonical_word, 5U);
    EXPECT_NE(canonical_word, 15U);
  }
}

}  // namespace
}  // namespace conformance::program
