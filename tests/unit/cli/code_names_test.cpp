#include "cli/code_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>

namespace aioemu::cli {

// Not in an unnamed namespace: the linker must know it.
[[gnu::noinline]] int function_with_a_name(int value) { return value + 1; }

namespace {

using testing::MatchesRegex;

std::uint64_t address_of_function() {
  return reinterpret_cast<std::uint64_t>(&function_with_a_name);
}

TEST(CodeNames, NameTheFunctionAndTheFile) {
  const auto modules = std::make_unique<host::Modules>();
  host::list_modules(*modules);
  EXPECT_EQ(function_with_a_name(1), 2);
  CodeNames names;
  EXPECT_THAT(
      names.name(*modules, address_of_function() + 2),
      MatchesRegex("cli_test\\+0x[0-9a-f]+ \\(aioemu::cli::function_with_a_name\\(int\\)\\)"));
}

TEST(CodeNames, SayNothingOfAnAddressInNoFile) {
  const auto modules = std::make_unique<host::Modules>();
  CodeNames names;
  EXPECT_EQ(names.name(*modules, address_of_function()), "");
}

TEST(CodeNames, OfAFileThatIsGoneAreItsNameAndThePlaceInIt) {
  const auto modules = std::make_unique<host::Modules>();
  const std::string line = "1000-2000 r-xp 00003000 fe:01 1 /no/such/program\n";
  host::add_modules(*modules, line.data(), line.size());
  CodeNames names;
  EXPECT_EQ(names.name(*modules, 0x1010), "program+0x3010");
}

TEST(Symbols, OfWhatIsNoElfFileAreNone) {
  const Symbols none("/proc/self/maps");
  EXPECT_EQ(none.address_of(0), 0U);
  EXPECT_EQ(none.function_at(100), "");
}

// Each byte of the headers in turn says something else.
TEST(Symbols, OfADamagedFileAreWhatCouldBeMadeOut) {
  std::ifstream own("/proc/self/exe", std::ios::binary);
  std::string start(4096, '\0');
  own.read(start.data(), static_cast<std::streamsize>(start.size()));
  const std::string path = testing::TempDir() + "damaged-elf";
  for (std::size_t place = 4; place < 256; ++place) {
    std::string damaged = start;
    damaged[place] = static_cast<char>(0xff);
    std::ofstream(path, std::ios::binary) << damaged;
    EXPECT_EQ(Symbols(path).function_at(1), "") << place;
  }
  std::remove(path.c_str());
}

}  // namespace
}  // namespace aioemu::cli
