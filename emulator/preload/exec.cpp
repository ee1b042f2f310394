// The ways to start another program.
//
// execve destroys the contexts of the address space, as io_destroy would (K136): what is in flight
// is finished first. The C library's exec functions reach execve inside the library, past any
// interposed name, so each of them is here. None allocates: the caller may be a vfork child.
#include <alloca.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>

#include "memory/raw_syscall.h"
#include "preload/agent.h"
#include "preload/child_environment.h"
#include "preload/export.h"
#include "preload/real.h"
#include "preload/strangers.h"

namespace {

using aioemu::preload::next_definition;

int replace_program(const char* path, char* const* argv, char* const* envp) noexcept {
  aioemu::preload::note_next_program(path);
  aioemu::preload::finish_before_exec();
  const long result = aioemu::memory::raw_syscall(SYS_execve, path, argv, envp);
  errno = static_cast<int>(-result);
  return -1;
}

int replace_searching(const char* file, char* const* argv, char* const* envp) noexcept {
  static auto* const real = next_definition<decltype(execvpe)>("execvpe");
  aioemu::preload::note_next_program_in_path(file);
  aioemu::preload::finish_before_exec();
  return real(file, argv, envp);
}

// The arguments of an execl call: how many, and then the words themselves.
int count_words(const char* first, va_list list) noexcept {
  int n = 0;
  for (const char* word = first; word != nullptr; word = va_arg(list, const char*)) ++n;
  return n;
}

// Leaves `list` behind the word that is null.
void copy_words(char** words, const char* first, va_list* list) noexcept {
  for (const char* word = first; word != nullptr; word = va_arg(*list, const char*)) {
    *words++ = const_cast<char*>(word);
  }
  *words = nullptr;
}

}  // namespace

// alloca must happen in the caller's frame, and a va_list can be walked only where it was started.
#define AIOEMU_COMPLETE(envp) \
  aioemu::preload::complete_environment(envp, alloca(aioemu::preload::environment_space(envp)))
// Gathers the words from `first` on into `words`; leaves `list` behind the last one.
#define AIOEMU_GATHER(first)                                               \
  va_list list;                                                            \
  va_start(list, first);                                                   \
  const int number = count_words(first, list);                             \
  va_end(list);                                                            \
  const auto bytes = static_cast<std::size_t>(number + 1) * sizeof(char*); \
  auto** words = static_cast<char**>(alloca(bytes));                       \
  va_start(list, first);                                                   \
  copy_words(words, first, &list)

AIOEMU_INTERPOSE int execve(const char* path, char* const* argv, char* const* envp) {
  return replace_program(path, argv, AIOEMU_COMPLETE(envp));
}

AIOEMU_INTERPOSE int execv(const char* path, char* const* argv) {
  return replace_program(path, argv, AIOEMU_COMPLETE(environ));
}

AIOEMU_INTERPOSE int execvpe(const char* file, char* const* argv, char* const* envp) {
  return replace_searching(file, argv, AIOEMU_COMPLETE(envp));
}

AIOEMU_INTERPOSE int execvp(const char* file, char* const* argv) {
  return replace_searching(file, argv, AIOEMU_COMPLETE(environ));
}

AIOEMU_INTERPOSE int execl(const char* path, const char* first, ...) {
  AIOEMU_GATHER(first);
  va_end(list);
  return replace_program(path, words, AIOEMU_COMPLETE(environ));
}

AIOEMU_INTERPOSE int execlp(const char* file, const char* first, ...) {
  AIOEMU_GATHER(first);
  va_end(list);
  return replace_searching(file, words, AIOEMU_COMPLETE(environ));
}

AIOEMU_INTERPOSE int execle(const char* path, const char* first, ...) {
  AIOEMU_GATHER(first);
  char* const* envp = va_arg(list, char* const*);
  va_end(list);
  return replace_program(path, words, AIOEMU_COMPLETE(envp));
}

AIOEMU_INTERPOSE int fexecve(int fd, char* const* argv, char* const* envp) {
  static auto* const real = next_definition<decltype(fexecve)>("fexecve");
  aioemu::preload::finish_before_exec();
  return real(fd, argv, AIOEMU_COMPLETE(envp));
}

// The child of a posix_spawn is another address space: nothing has to be finished here.
AIOEMU_INTERPOSE int posix_spawn(pid_t* pid, const char* path,
                                 const posix_spawn_file_actions_t* actions,
                                 const posix_spawnattr_t* attributes, char* const* argv,
                                 char* const* envp) {
  static auto* const real = next_definition<decltype(posix_spawn)>("posix_spawn");
  pid_t child = 0;
  const int error = real(&child, path, actions, attributes, argv, AIOEMU_COMPLETE(envp));
  if (error != 0) return error;
  aioemu::preload::note_spawned(child, path);
  if (pid != nullptr) *pid = child;
  return 0;
}

AIOEMU_INTERPOSE int posix_spawnp(pid_t* pid, const char* file,
                                  const posix_spawn_file_actions_t* actions,
                                  const posix_spawnattr_t* attributes, char* const* argv,
                                  char* const* envp) {
  static auto* const real = next_definition<decltype(posix_spawnp)>("posix_spawnp");
  pid_t child = 0;
  const int error = real(&child, file, actions, attributes, argv, AIOEMU_COMPLETE(envp));
  if (error != 0) return error;
  aioemu::preload::note_spawned_from_path(child, file);
  if (pid != nullptr) *pid = child;
  return 0;
}
