#include "cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/elf_file.h"

namespace aioemu::cli {
namespace {

using testing::HasSubstr;

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() { directory_ = mkdtemp(directory_.data()); }
  ~ProgramTest() override { std::filesystem::remove_all(directory_); }

  std::string make(const std::string& name, const std::string& content, mode_t mode = 0755) const {
    std::string path = directory_ + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    chmod(path.c_str(), mode);
    return path;
  }
  std::string directory_ = "/tmp/aioemu-program-XXXXXX";
};

TEST_F(ProgramTest, FindsADynamicProgramInThePath) {
  const Program program = examine("sh", "/usr/bin:/bin");
  EXPECT_EQ(program.exit_status, 0) << program.refusal;
  EXPECT_THAT(program.path, HasSubstr("/bin/sh"));
  EXPECT_TRUE(program.preloads.empty());
}

TEST_F(ProgramTest, PrefersAnExecutableMatch) {
  std::filesystem::create_directory(directory_ + "/sub");
  make("tool", "#!/bin/sh\n", 0644);
  const std::string good = make("sub/tool", "#!/bin/sh\n");
  EXPECT_EQ(examine("tool", directory_ + ":" + directory_ + "/sub").path, good);
  EXPECT_EQ(examine("tool", directory_).exit_status, kExitCannotRun);
}

TEST_F(ProgramTest, TakesATextForAShellScript) {
  EXPECT_EQ(examine(make("text", "exit 0\n"), "").exit_status, 0);
}

TEST_F(ProgramTest, GivesUpOnEndlessInterpreters) {
  const std::string loop = directory_ + "/loop";
  make("loop", "#! " + loop + "\n");
  EXPECT_EQ(examine(loop, "").exit_status, kExitCannotRun);
}

TEST_F(ProgramTest, NamesAMissingProgram) {
  const Program program = examine("nothing-of-that-name", "/usr/bin");
  EXPECT_EQ(program.exit_status, kExitNotFound);
  EXPECT_EQ(program.refusal, "nothing-of-that-name: not found");
}

TEST_F(ProgramTest, SurvivesADamagedElfFile) {
  std::string bytes(
      "\x7f"
      "ELF\2\1\1",
      7);
  bytes += std::string(57, '\xff');
  bytes[18] = static_cast<char>(own_machine());
  bytes[19] = 0;
  EXPECT_EQ(examine(make("damaged", bytes), "").exit_status, kExitFailed);
}

TEST(ElfFile, ReadsThisTest) {
  const auto self = read_elf("/proc/self/exe");
  ASSERT_TRUE(self.has_value());
  EXPECT_TRUE(self->wide);
  EXPECT_EQ(self->machine, own_machine());
  EXPECT_THAT(self->interpreter, HasSubstr("ld-linux"));
  EXPECT_THAT(self->needed, testing::Contains("libc.so.6"));
}

TEST(ElfFile, IsNothingForAnotherFile) {
  EXPECT_FALSE(read_elf("/etc/passwd").has_value());
  EXPECT_FALSE(read_elf("/no/such/file").has_value());
}

TEST(ElfFile, NamesMachines) {
  EXPECT_EQ(machine_name(62), "x86-64");
  EXPECT_EQ(machine_name(999), "machine 999");
}

}  // namespace
}  // namespace aioemu::cli
