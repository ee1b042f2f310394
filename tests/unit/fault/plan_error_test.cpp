// What a refused plan is told: the place, what was expected, and the nearest word.
#include <gtest/gtest.h>

#include <string>

#include "fault/plan.h"
#include "tests/unit/fault/plans.h"

namespace aioemu::fault {
namespace {

TEST(PlanErrors, NameThePlace) {
  const PlanError error = error_of("seed 1\nsubmit nr>=2 wen=1 partial 1");
  EXPECT_EQ(error.line, 2);
  EXPECT_EQ(error.column, 14);
  EXPECT_EQ(error.excerpt, "submit nr>=2 wen=1 partial 1");
}

TEST(PlanErrors, ShowTheLineAndACaret) {
  EXPECT_EQ(describe(error_of("submit\tnr=x partial 1")),
            "plan.txt:1:11: expected a number, found 'x'\n"
            "  submit\tnr=x partial 1\n"
            "        \t   ^");
}

TEST(PlanErrors, SuggestTheNearestWord) {
  EXPECT_EQ(message_of("submit wen=1 partial 1"),
            "expected a match (nr, ctx, thread, inflight, when, one_in, times, probability, after, "
            "for, seq, persist or continue) or an action (errno, partial, block or "
            "complete_early), found 'wen'; did you mean 'when'?");
  EXPECT_EQ(message_of("sbmit errno EAGAIN"),
            "expected a layer (setup, submit, complete, wait, cancel, medium, durability or "
            "hostile) or a statement (seed, set, order or profile), found 'sbmit'; did you mean "
            "'submit'?");
  EXPECT_EQ(message_of("complete op=raed errno EIO"),
            "expected an operation (read, write, sync, any, pread, pwrite, preadv, pwritev, fsync, "
            "fdsync or poll), found 'raed'; did you mean 'read'?");
  EXPECT_EQ(message_of("complete errno EIOO"), "there is no error 'EIOO'; did you mean 'EIO'?");
  EXPECT_EQ(message_of("set sectr=512"),
            "expected a setting (aio-max-nr, sector, block or legal), found 'sectr'; did you mean "
            "'sector'?");
  EXPECT_EQ(message_of("profile busy-kernal").substr(0, 48),
            "expected a profile (faithful, ci-container, busy");
  EXPECT_EQ(message_of("profile busy-kernal").substr(message_of("profile busy-kernal").size() - 48),
            "found 'busy-kernal'; did you mean 'busy-kernel'?");
}

TEST(PlanErrors, SuggestNothingWhereTheTextEnds) {
  EXPECT_EQ(message_of("complete op=read,"),
            "expected an operation (read, write, sync, any, pread, pwrite, preadv, pwritev, fsync, "
            "fdsync or poll), found the end of the statement");
}

TEST(PlanErrors, EnforceTheLegalErrorsOfSubmit) {
  EXPECT_EQ(
      message_of("submit errno EIO"),
      "no kernel lets io_submit fail with EIO; legal here: EAGAIN EINVAL EBADF EFAULT ENOSYS");
}

TEST(PlanErrors, EnforceTheLegalErrorsOfEachOperation) {
  EXPECT_EQ(message_of("complete op=read,write errno ENOSPC"),
            "no kernel completes a read with ENOSPC; legal for it: EIO EAGAIN EFAULT EINVAL EINTR "
            "ENOMEM ETIMEDOUT EREMOTEIO ENODATA EILSEQ ESTALE ENXIO");
  EXPECT_EQ(message_of("complete op=poll errno EIO"),
            "no kernel completes a poll with EIO; legal for it: none");
}

TEST(PlanErrors, RefuseWhatNoRequestEndsWith) {
  EXPECT_EQ(message_of("complete errno EXDEV"),
            "no kernel completes a request with EXDEV; legal for reads: EIO EAGAIN EFAULT EINVAL "
            "EINTR ENOMEM ETIMEDOUT EREMOTEIO ENODATA EILSEQ ESTALE ENXIO; for writes: EIO EAGAIN "
            "EFAULT EINVAL EINTR ENOMEM ETIMEDOUT EREMOTEIO ENODATA EILSEQ ESTALE ENXIO ENOSPC "
            "EDQUOT EFBIG EROFS EPIPE EPERM; for fsync: EIO ESTALE ENOSPC EDQUOT EROFS");
}

TEST(PlanErrors, KeepEachLayerToItsOwn) {
  EXPECT_EQ(message_of("complete partial 1"),
            "the action 'partial' belongs to the layer submit; complete has errno, short, delay, "
            "stall or hang");
  EXPECT_EQ(message_of("submit fd=3 errno EAGAIN"),
            "'fd' is about one request, not about a whole call; a rule of the layer submit takes "
            "nr, ctx, thread, inflight, when, one_in, times, probability, after, for, seq, persist "
            "or continue");
  EXPECT_EQ(message_of("complete min_nr>1 hang").substr(0, 47),
            "'min_nr' is about waits; a rule of the layer co");
  EXPECT_EQ(message_of("complete op=fsync short 1"),
            "'short' can happen to reads and writes, not to fsync");
  EXPECT_EQ(message_of("medium op=read,write stale_read"),
            "'stale_read' can happen to reads, not to writes");
}

TEST(PlanErrors, CheckNumbers) {
  EXPECT_EQ(message_of("submit partial 0"), "how many iocbs are accepted is at least 1");
  EXPECT_EQ(message_of("submit times=0 errno EAGAIN"), "a count is at least 1");
  EXPECT_EQ(message_of("seed 99999999999999999999"),
            "'99999999999999999999' does not fit into 64 bits");
  EXPECT_EQ(message_of("complete len=99999999999G errno EIO"),
            "'99999999999G' does not fit into 64 bits");
  EXPECT_EQ(message_of("complete len=4X errno EIO"),
            "expected a size in bytes, K, M or G, found '4X'");
  EXPECT_EQ(message_of("seed 4K"), "expected a number without a unit, found '4K'");
  EXPECT_EQ(message_of("complete short -0"), "short -0 is not short");
  EXPECT_EQ(message_of("complete nr=3..2 errno EIO"), "the range ends before it begins");
  EXPECT_EQ(message_of("submit when=3..2 errno EAGAIN"), "the last time comes before the first");
  EXPECT_EQ(message_of("complete offset=5+0 errno EIO"), "the range has no byte");
}

TEST(PlanErrors, RefuseRepetition) {
  EXPECT_EQ(message_of("submit when=1 when=2 errno EAGAIN"), "'when' is given twice in this rule");
  EXPECT_EQ(message_of("seed 1; seed 2"), "the seed is given twice");
  EXPECT_EQ(message_of("a: submit partial 1; a: submit partial 2"),
            "there is already a rule named 'a'");
}

TEST(PlanErrors, CheckNames) {
  EXPECT_EQ(message_of("wait: submit partial 1"), "'wait' is a layer and cannot name a rule");
  EXPECT_EQ(message_of("First: submit partial 1"),
            "a rule's name is made of small letters, digits, '_' and '-'");
}

TEST(PlanErrors, WantTheActionLast) {
  EXPECT_EQ(message_of("submit errno EAGAIN when=1"),
            "expected the end of the statement (matches and when= come before the action), found "
            "'when'");
  EXPECT_EQ(message_of("submit nr>=2"),
            "expected a match, when= or an action (errno, partial, block or complete_early), found "
            "the end of the statement");
}

TEST(PlanErrors, KnowOneVersionOfTheLanguage) {
  EXPECT_EQ(message_of("plan 2\n"),
            "version 2 of the plan language is not known; this program reads version 1");
  EXPECT_EQ(message_of("seed 1\nplan 1"), "'plan 1' belongs on the first line");
}

TEST(PlanErrors, CapTheConditionsOfARule) {
  EXPECT_EQ(message_of("complete fd!=1 fd!=2 fd!=3 fd!=4 fd!=5 fd!=6 fd!=7 fd!=8 fd!=9 errno EIO"),
            "a rule takes at most 8 conditions");
}

}  // namespace
}  // namespace aioemu::fault
