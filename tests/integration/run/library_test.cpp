// The preload library as a guest in other programs: which names it shows, what it brings along.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/integration/run/outcome.h"

namespace run_test {
namespace {

using testing::UnorderedElementsAre;

// The first words behind `marker` in each line that has it.
Words words_behind(const std::string& text, const std::string& marker) {
  Words words;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find(marker);
    if (at != std::string::npos) words.push_back(line.substr(at + marker.size()));
  }
  return words;
}

TEST(PreloadLibrary, ShowsOnlyTheNamesItStandsFor) {
  if (!installed("nm")) GTEST_SKIP() << "nm is not installed";
  const Outcome symbols = execute({"nm", "-D", "--defined-only", PRELOAD_LIBRARY});
  EXPECT_THAT(
      words_behind(symbols.out, " T "),
      UnorderedElementsAre("syscall",
                           // libaio
                           "io_setup@@LIBAIO_0.4", "io_destroy@@LIBAIO_0.4",
                           "io_submit@@LIBAIO_0.1", "io_cancel@@LIBAIO_0.4", "io_cancel@LIBAIO_0.1",
                           "io_getevents@@LIBAIO_0.4", "io_getevents@LIBAIO_0.1",
                           "io_pgetevents@@LIBAIO_0.5", "io_queue_init@@LIBAIO_0.1",
                           "io_queue_release@@LIBAIO_0.1", "io_queue_run@@LIBAIO_0.1",
                           "io_queue_wait@@LIBAIO_0.4", "io_queue_wait@LIBAIO_0.1",
                           // the end of a process, the start of another
                           "_exit", "_Exit", "execve", "execv", "execvp", "execvpe", "execl",
                           "execlp", "execle", "fexecve", "posix_spawn", "posix_spawnp",
                           // signals
                           "sigaction", "signal", "bsd_signal", "ssignal", "sysv_signal",
                           "__sysv_signal", "sigprocmask", "pthread_sigmask", "sigsuspend", "ppoll",
                           "pselect", "epoll_pwait", "pthread_attr_setsigmask_np",
                           // how children end
                           "wait", "waitpid", "wait3", "wait4", "waitid",
                           // /proc/sys/fs/aio-nr and aio-max-nr
                           "open", "open64", "openat", "openat64", "fopen", "fopen64"));
  EXPECT_THAT(words_behind(symbols.out, " R "), UnorderedElementsAre("aioemu_preload_version"));
  EXPECT_THAT(words_behind(symbols.out, " W "), testing::IsEmpty());
}

TEST(PreloadLibrary, NeedsTheCLibraryAlone) {
  if (!installed("readelf")) GTEST_SKIP() << "readelf is not installed";
  const Outcome dynamic = execute({"readelf", "-d", PRELOAD_LIBRARY});
  for (const std::string& library : words_behind(dynamic.out, "Shared library: ")) {
    EXPECT_THAT(library, testing::AnyOf("[libc.so.6]", testing::StartsWith("[ld-linux")));
  }
}

}  // namespace
}  // namespace run_test
