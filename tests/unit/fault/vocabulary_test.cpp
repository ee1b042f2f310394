#include "fault/vocabulary.h"

#include <gtest/gtest.h>

#include <array>

#include "fault/legality.h"

namespace aioemu::fault {
namespace {

TEST(Nearest, FindsTheWordThatWasMeant) {
  constexpr std::array<std::string_view, 3> kWords = {"submit", "complete", "seed"};
  EXPECT_EQ(nearest("sbmit", kWords), "submit");
  EXPECT_EQ(nearest("compleet", kWords), "complete");
  EXPECT_EQ(nearest("sead", kWords), "seed");
}

TEST(Nearest, IsSilentWhenNothingIsNear) {
  constexpr std::array<std::string_view, 2> kWords = {"fd", "nr"};
  EXPECT_EQ(nearest("banana", kWords), "");
  EXPECT_EQ(nearest("xy", kWords), "");
}

TEST(PrintOps, UsesTheShortestWords) {
  EXPECT_EQ(print_ops(kReadOps | kWriteOps), "read,write");
  EXPECT_EQ(print_ops(op_bit(abi::Opcode::pread) | kSyncOps), "sync,pread");
  EXPECT_EQ(print_ops(kPollOps), "poll");
}

TEST(Listed, JoinsWithCommasAndOr) {
  constexpr std::array<std::string_view, 3> kWords = {"a", "b", "c"};
  EXPECT_EQ(listed(kWords), "a, b or c");
}

TEST(Legality, KnowsWhatEachOperationCanEndWith) {
  EXPECT_EQ(ops_ending_with(Errno{EIO}), kReadOps | kWriteOps | kSyncOps);
  EXPECT_EQ(ops_ending_with(Errno{ENOSPC}), kWriteOps | kSyncOps);
  EXPECT_EQ(ops_ending_with(Errno{EXDEV}), kNoOps);
  EXPECT_EQ(legal_list(kSyncOps), "EIO ESTALE ENOSPC EDQUOT EROFS");
  EXPECT_EQ(legal_list(kPollOps), "none");
}

TEST(Legality, AllowsEagainOnlyWhereNothingMayWait) {
  AcceptedRequest request;
  request.op = abi::Opcode::pread;
  EXPECT_FALSE(legal_for(Errno{EAGAIN}, request));
  request.nowait = true;
  EXPECT_TRUE(legal_for(Errno{EAGAIN}, request));
}

TEST(Legality, AllowsEintrOnlyOnStreams) {
  AcceptedRequest request;
  request.op = abi::Opcode::pwrite;
  EXPECT_FALSE(legal_for(Errno{EINTR}, request));
  request.stream = true;
  EXPECT_TRUE(legal_for(Errno{EINTR}, request));
}

}  // namespace
}  // namespace aioemu::fault
