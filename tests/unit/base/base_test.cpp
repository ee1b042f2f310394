#include <gtest/gtest.h>

#include "base/check.h"
#include "base/errno.h"
#include "base/prng.h"
#include "base/result.h"

namespace aioemu {
namespace {

TEST(Errno, NamesAndNumbersAreInverse) {
  EXPECT_EQ(errno_name(Errno{EIO}), "EIO");
  EXPECT_EQ(errno_from_name("EINPROGRESS"), Errno{EINPROGRESS});
  EXPECT_EQ(errno_name(Errno{EOPNOTSUPP}), "EOPNOTSUPP");
}

TEST(Errno, UnknownNamesAndNumbersAreSaidToBeUnknown) {
  EXPECT_EQ(errno_name(Errno{9999}), "E?");
  EXPECT_EQ(errno_from_name("EWHATEVER"), std::nullopt);
  EXPECT_EQ(errno_from_name("eio"), std::nullopt);
}

TEST(Errno, NegativeIsWhatASystemCallReturns) { EXPECT_EQ(negative(Errno{EINVAL}), -22); }

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good(5);
  const Result<int> bad(Errno{ENOMEM});
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(good.value(), 5);
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(bad.error(), Errno{ENOMEM});
}

TEST(ResultDeathTest, AskingAnErrorForItsValueStops) {
  const Result<int> bad(Errno{ENOMEM});
  EXPECT_DEATH(static_cast<void>(bad.value()), "internal error: ok\\(\\) does not hold");
}

TEST(Prng, ASeedMeansTheSameEverywhere) {
  Prng prng(7);
  EXPECT_EQ(prng.next(), 0x63cbe1e459320dd7ULL);
  EXPECT_EQ(Prng(7).next(), Prng(7).next());
  EXPECT_NE(Prng(7).next(), Prng(8).next());
}

}  // namespace
}  // namespace aioemu
