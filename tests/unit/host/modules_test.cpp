#include "host/modules.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace aioemu::host {
namespace {

constexpr const char* kMaps =
    "55d0c0000000-55d0c0001000 r--p 00000000 fe:01 12   /usr/bin/writer\n"
    "55d0c0001000-55d0c0003000 r-xp 00001000 fe:01 12   /usr/bin/writer\n"
    "7f0000000000-7f0000001000 rwxp 00000000 00:00 0 \n"
    "7f1000000000-7f1000002000 r-xp 00026000 fe:01 34   /usr/lib/a library.so\n"
    "7fff00000000-7fff00002000 r-xp 00000000 00:00 0    [vdso]\n";

TEST(Modules, AreTheExecutableMappingsOfFiles) {
  const auto modules = std::make_unique<Modules>();
  EXPECT_EQ(add_modules(*modules, kMaps, std::strlen(kMaps)), 0U);
  ASSERT_EQ(modules->count, 2U);
  EXPECT_STREQ(modules->modules[0].path.data(), "/usr/bin/writer");
  EXPECT_EQ(modules->modules[0].begin, 0x55d0c0001000U);
  EXPECT_EQ(modules->modules[0].end, 0x55d0c0003000U);
  EXPECT_EQ(modules->modules[0].offset, 0x1000U);
  EXPECT_STREQ(modules->modules[1].path.data(), "/usr/lib/a library.so");
}

TEST(Modules, ALineThatIsCutOffIsHandedBack) {
  const auto modules = std::make_unique<Modules>();
  const std::string text(kMaps, 80);
  EXPECT_EQ(add_modules(*modules, text.data(), text.size()), 80 - text.find('\n') - 1);
  EXPECT_EQ(modules->count, 0U);
}

TEST(Modules, NonsenseIsSkipped) {
  const auto modules = std::make_unique<Modules>();
  const std::string text = "\n1\n1-\n1-2\n1-2 r-xp\n1-2 r-xp 0\nzz /a\n1-2 r-xp 0 /\n";
  EXPECT_EQ(add_modules(*modules, text.data(), text.size()), 0U);
  EXPECT_EQ(modules->count, 1U);
}

TEST(Modules, NoMoreThanFitAreKept) {
  const auto modules = std::make_unique<Modules>();
  std::string text;
  for (int i = 0; i < 100; ++i) text += "1000-2000 r-xp 0 fe:01 1 /a\n";
  add_modules(*modules, text.data(), text.size());
  EXPECT_EQ(modules->count, Modules::kMost);
}

TEST(Modules, OfThisProcessNameItsOwnCode) {
  const auto modules = std::make_unique<Modules>();
  errno = 77;
  list_modules(*modules);
  EXPECT_EQ(errno, 77);
  const Module* const own = modules->find(reinterpret_cast<std::uint64_t>(&list_modules));
  ASSERT_NE(own, nullptr);
  EXPECT_NE(std::strstr(own->path.data(), "host_test"), nullptr);
  EXPECT_EQ(modules->find(8), nullptr);
}

}  // namespace
}  // namespace aioemu::host
