// starter HOW PROGRAM ARGS...: starts PROGRAM with an environment from which everything of the
// emulator's is missing, by one of the many ways, and ends with its status.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

char variable[] = "HOME=/";
char stranger[] = "LD_PRELOAD=libdl.so.2";
char* bare[] = {variable, nullptr};
char* with_stranger[] = {stranger, nullptr};

int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

int spawn(const char* path, char** argv) {
  pid_t child = -1;
  if (posix_spawn(&child, path, nullptr, nullptr, argv, bare) != 0) return 201;
  return wait_for(child);
}

int spawn_searching(const char* path, char** argv) {
  pid_t child = -1;
  if (posix_spawnp(&child, path, nullptr, nullptr, argv, bare) != 0) return 201;
  return wait_for(child);
}

int from_vfork(const char* path, char** argv) {
  const pid_t child = vfork();
  if (child == 0) {
    execve(path, argv, bare);
    _exit(202);
  }
  return wait_for(child);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const std::string how = argv[1];
  const char* path = argv[2];
  char** words = argv + 2;
  clearenv();
  if (how == "execve") execve(path, words, bare);
  if (how == "execve-null") execve(path, words, nullptr);
  if (how == "execve-stranger") execve(path, words, with_stranger);
  if (how == "execv") execv(path, words);
  if (how == "execvp") execvp(path, words);
  if (how == "execvpe") execvpe(path, words, bare);
  if (how == "execl") execl(path, argv[2], argv[3], argv[4], static_cast<char*>(nullptr));
  if (how == "execlp") execlp(path, argv[2], argv[3], argv[4], static_cast<char*>(nullptr));
  if (how == "execle") execle(path, argv[2], argv[3], argv[4], static_cast<char*>(nullptr), bare);
  if (how == "posix_spawn") return spawn(path, words);
  if (how == "posix_spawnp") return spawn_searching(path, words);
  if (how == "vfork") return from_vfork(path, words);
  return 203;
}
