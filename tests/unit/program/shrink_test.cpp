#include "conformance/program/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/program/files.h"
#include "conformance/program/generate.h"
#include "conformance/program/text.h"
#include "conformance/program/verbs.h"

namespace conformance::program {
namespace {

bool closes(const Program& program, FileName file) {
  for (const Statement& one : program.statements) {
    if (one.verb == Verb::close && one.field[at::kOn] == static_cast<std::uint64_t>(file)) {
      return true;
    }
  }
  return false;
}

TEST(Shrink, LeavesOnlyWhatTheFailureNeeds) {
  Program program = generate(7);
  program.statements.resize(std::min<std::size_t>(program.statements.size(), 20));
  program.statements.push_back(statement(Verb::close));
  program.statements.back().field[at::kOn] = static_cast<std::uint64_t>(FileName::fifo);
  program.start = {5, 9};
  const Program small =
      shrink(program, [](const Program& one) { return closes(one, FileName::fifo); });
  EXPECT_EQ(print(small), "close fifo\n");
}

TEST(Shrink, DropsEntriesOfAList) {
  const Program program = std::get<Program>(parse("submit ctx0 nr=3 iocb1 iocb2 iocb3 iocb4\n"));
  const Program small = shrink(program, [](const Program& one) {
    for (std::size_t i = 0; i < kListed && !one.statements.empty(); ++i) {
      if (one.statements[0].field[at::kFirst + i] == pack(iocb_place(3))) return true;
    }
    return false;
  });
  EXPECT_EQ(print(small), "submit ctx0 iocb3\n");
}

TEST(Shrink, HalvesNumbers) {
  const Program program = std::get<Program>(parse("iocb iocb0 pread nbytes=10000\n"));
  const Program small = shrink(program, [](const Program& one) {
    return !one.statements.empty() && one.statements[0].field[at::kBytes] >= 1000;
  });
  EXPECT_EQ(print(small), "iocb iocb0 pread nbytes=1250\n");
}

TEST(Shrink, StopsWhenItHasAskedOftenEnough) {
  unsigned asked = 0;
  shrink(
      generate(3),
      [&asked](const Program&) {
        ++asked;
        return true;
      },
      5);
  EXPECT_LE(asked, 5U);
}

}  // namespace
}  // namespace conformance::program
