#include "preload/child_environment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace aioemu::preload {
namespace {

using Pairs = std::vector<std::string>;

// What a child gets when it is given `pairs`, sorted.
Pairs completed(Pairs pairs) {
  std::vector<char*> envp;
  for (std::string& pair : pairs) envp.push_back(pair.data());
  envp.push_back(nullptr);
  std::vector<char> space(environment_space(envp.data()));
  Pairs result;
  for (char* const* pair = complete_environment(envp.data(), space.data()); *pair != nullptr;
       ++pair) {
    result.emplace_back(*pair);
  }
  std::sort(result.begin(), result.end());
  return result;
}

class ChildEnvironment : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    setenv("LD_PRELOAD", "/ours.so", 1);
    setenv("AIOEMU_SESSION", "/s", 1);
    setenv("AIOEMU_SEED", "4", 1);
    remember_settings();
    unsetenv("LD_PRELOAD");
  }
};

TEST_F(ChildEnvironment, GetsWhatIsMissing) {
  EXPECT_EQ(completed({"HOME=/"}),
            (Pairs{"AIOEMU_SEED=4", "AIOEMU_SESSION=/s", "HOME=/", "LD_PRELOAD=/ours.so"}));
}

TEST_F(ChildEnvironment, IsLeftAloneWhenComplete) {
  char preload[] = "LD_PRELOAD=first.so:/ours.so";
  char session[] = "AIOEMU_SESSION=/other";
  char seed[] = "AIOEMU_SEED=9";
  char* envp[] = {preload, session, seed, nullptr};
  EXPECT_EQ(complete_environment(envp, nullptr), envp);
}

TEST_F(ChildEnvironment, KeepsAnotherPreloadBehindOurs) {
  EXPECT_EQ(completed({"LD_PRELOAD=theirs.so"}),
            (Pairs{"AIOEMU_SEED=4", "AIOEMU_SESSION=/s", "LD_PRELOAD=/ours.so:theirs.so"}));
}

TEST_F(ChildEnvironment, IsMadeFromNothing) {
  std::vector<char> space(environment_space(nullptr));
  char* const* made = complete_environment(nullptr, space.data());
  EXPECT_STREQ(made[0], "LD_PRELOAD=/ours.so");
  EXPECT_EQ(made[3], nullptr);
}

}  // namespace
}  // namespace aioemu::preload
