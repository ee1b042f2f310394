#include "fault/capabilities.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/fault/plans.h"

namespace aioemu::fault {
namespace {

std::string refusal(const Capabilities& owner, std::string_view text) {
  const auto result = parse_for(owner, text, "p");
  const auto* error = std::get_if<PlanError>(&result);
  return error == nullptr ? "" : error->message;
}

// An engine that never gains anything, whatever the real ones learn.
Capabilities modest() {
  Capabilities made;
  made.owner = "Toy";
  made.sites = 1U << number_of(site_of(Layer::complete, Action::error));
  made.keys = 1U << static_cast<unsigned>(Key::fd);
  made.rules = 2;
  return made;
}

TEST(Capabilities, TheEnginesTakeWhatTheyDo) {
  for (const Capabilities* owner :
       {&world_capabilities(), &runtime_capabilities(), &run_capabilities()}) {
    EXPECT_EQ(refusal(*owner, "submit nr>=2 when=1 partial 1; submit seq=wX errno EAGAIN"), "");
    EXPECT_EQ(refusal(*owner, "complete fd=3 probability=1% continue errno EIO"), "");
    EXPECT_EQ(refusal(*owner, "set sector=4096; complete short sectors:1"), "");
    EXPECT_EQ(refusal(*owner, "profile faithful; order inline"), "");
  }
}

TEST(Capabilities, TheLanguageTakesEverything) {
  for (const Site& site : sites()) EXPECT_TRUE(supports(all_capabilities(), site));
}

TEST(Capabilities, RefuseWhatTheOwnerCannotDo) {
  const Capabilities toy = modest();
  EXPECT_EQ(refusal(toy, "complete fd=3 errno EIO"), "");
  EXPECT_EQ(refusal(toy, "wait early 1"), "Toy does not carry out 'wait early' in this version");
  EXPECT_EQ(refusal(toy, "complete len=3 errno EIO"),
            "Toy does not carry out 'len' in this version");
  EXPECT_EQ(refusal(toy, "complete path=/x errno EIO"),
            "Toy does not carry out 'path' in this version");
  EXPECT_EQ(refusal(toy, "complete direct=no errno EIO"),
            "Toy does not carry out 'direct' in this version");
  EXPECT_EQ(refusal(toy, "complete flags=sync errno EIO"),
            "Toy does not carry out 'flags' in this version");
  EXPECT_EQ(refusal(toy, "complete after=1s errno EIO"),
            "Toy does not carry out 'after' and 'for' in this version");
  EXPECT_EQ(refusal(toy, "order lifo"), "Toy does not carry out 'order lifo' in this version");
  EXPECT_EQ(refusal(toy, "set block=512"), "Toy does not carry out 'set block' in this version");
  EXPECT_EQ(refusal(toy, "complete errno EIO; complete errno EIO; complete errno EIO"),
            "a plan has at most 2 rules");
}

TEST(Capabilities, SayThatSomeFaultsActInWorldOnly) {
  const std::string reason =
      " acts in World only: the program's plain pwrite and fsync are not seen here, and would make "
      "the verdict false";
  EXPECT_EQ(refusal(modest(), "durability power_cut"), "'durability power_cut'" + reason);
  EXPECT_EQ(refusal(run_capabilities(), "durability fsync lie"), "'durability fsync lie'" + reason);
  EXPECT_EQ(refusal(runtime_capabilities(), "durability power_cut"),
            "'durability power_cut'" + reason);
}

TEST(Capabilities, RefuseWhatIsIllegal) {
  EXPECT_EQ(refusal(all_capabilities(), "hostile duplicate").substr(0, 34),
            "no kernel and no device does this;");
  EXPECT_EQ(refusal(all_capabilities(), "set legal=kernel,illegal; hostile duplicate"), "");
}

TEST(Capabilities, RefuseSectorsLargerThanBlocks) {
  const std::string reason = "a block is made of sectors: it cannot be smaller than one";
  EXPECT_EQ(refusal(all_capabilities(), "set sector=8192"), reason);
  EXPECT_EQ(refusal(all_capabilities(), "set block=4096; set sector=8192"), reason);
  EXPECT_EQ(refusal(all_capabilities(), "set sector=8192 block=8192"), "");
}

TEST(Capabilities, ErrorsSayWhereTheRuleStands) {
  const auto result = parse_for(modest(), "seed 1\nx: wait early 1", "my.plan");
  EXPECT_EQ(describe(std::get<PlanError>(result)),
            "my.plan:2:1: Toy does not carry out 'wait early' in this version\n"
            "  x: wait early 1\n"
            "  ^");
}

TEST(Capabilities, FindEveryReasonNotOnlyTheFirst) {
  EXPECT_EQ(unsupported(plan_of("wait early 1; hostile duplicate; order fifo"), modest()).size(),
            4U);
}

}  // namespace
}  // namespace aioemu::fault
