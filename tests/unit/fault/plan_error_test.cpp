// What a refused plan is told: the place, what was expected, and the nearest word.
#include <gtest/gtest.h>

#include <string>

#include "fault/plan.h"

namespace aioemu::fault {
namespace {

PlanError error_of(std::string_view text) {
  const auto result = parse(text, "plan.txt");
  if (const auto* error = std::get_if<PlanError>(&result)) return *error;
  ADD_FAILURE() << "accepted: " << text;
  return {};
}

std::string message_of(std::string_view text) { return error_of(text).message; }

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
            "expected a match (op, fd, nr, len, offset, when, times or one_in) or an action "
            "(errno or partial), found 'wen'; did you mean 'when'?");
  EXPECT_EQ(message_of("sbmit errno EAGAIN"),
            "expected a statement (submit ..., complete ..., seed N, set ...), found 'sbmit'; "
            "did you mean 'submit'?");
  EXPECT_EQ(message_of("complete op=raed errno EIO"),
            "expected an operation (read, write, sync, any, pread, pwrite, preadv, pwritev, fsync, "
            "fdsync or poll), found 'raed'; did you mean 'read'?");
  EXPECT_EQ(message_of("complete errno EIOO"), "there is no error 'EIOO'; did you mean 'EIO'?");
  EXPECT_EQ(message_of("set aio-max=3"), "there is no setting 'aio-max'; expected aio-max-nr=N");
}

TEST(PlanErrors, SuggestNothingWhereTheTextEnds) {
  EXPECT_EQ(message_of("complete op=read,"),
            "expected an operation (read, write, sync, any, pread, pwrite, preadv, pwritev, fsync, "
            "fdsync or poll), found the end of the statement");
}

TEST(PlanErrors, TellLaterWordsFromTypos) {
  EXPECT_EQ(message_of("wait errno EINTR"),
            "the layer 'wait' is not supported yet in this version (submit and complete are)");
  EXPECT_EQ(message_of("x: medium bit_rot"),
            "the layer 'medium' is not supported yet in this version (submit and complete are)");
  EXPECT_EQ(message_of("order random"),
            "the statement 'order' is not supported yet in this version");
  EXPECT_EQ(message_of("profile faithful"),
            "the statement 'profile' is not supported yet in this version");
  EXPECT_EQ(message_of("complete path=/data/** errno EIO"),
            "the qualifier 'path' is not supported yet in this version");
  EXPECT_EQ(message_of("submit inflight==0 errno EAGAIN"),
            "the qualifier 'inflight' is not supported yet in this version");
  EXPECT_EQ(message_of("complete delay 1ms"),
            "the action 'delay' is not supported yet in this version");
  EXPECT_EQ(message_of("complete short sectors:1"),
            "the amount 'sectors:' is not supported yet in this version");
  EXPECT_EQ(message_of("set sector=4096"),
            "the setting 'sector' is not supported yet in this version");
}

TEST(PlanErrors, EveryLaterWordIsKnownAsLater) {
  for (const char* layer : {"setup", "wait", "cancel", "medium", "durability", "hostile"}) {
    EXPECT_NE(message_of(std::string(layer) + " errno EIO").find("not supported yet"),
              std::string::npos);
  }
  for (const char* word :
       {"path", "direct", "flags", "data", "ctx", "thread", "batch_index", "min_nr", "inflight",
        "probability", "after", "for", "seq", "budget", "persist", "continue"}) {
    EXPECT_EQ(message_of("complete " + std::string(word) + "=1 errno EIO"),
              "the qualifier '" + std::string(word) + "' is not supported yet in this version");
  }
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
            "the action 'partial' belongs to the layer submit; complete has errno or short");
  EXPECT_EQ(message_of("submit fd=3 errno EAGAIN"),
            "a submit rule is about the whole call, not one request; it takes nr, when, times and "
            "one_in");
  EXPECT_EQ(message_of("submit op=read errno EAGAIN"),
            "a submit rule is about the whole call, which may mix operations; it takes nr, when, "
            "times and one_in");
  EXPECT_EQ(message_of("complete op=fsync short 1"), "only reads and writes can be short");
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
            "expected a match, when= or an action (errno or partial), found the end of the "
            "statement");
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
