// The ways to learn how a child ended: one that SIGSYS killed is remembered, because that is how a
// program ends that uses AIO and that this library could not be loaded into.
#include <sys/resource.h>
#include <sys/wait.h>

#include "preload/export.h"
#include "preload/real.h"
#include "preload/strangers.h"

namespace {

using aioemu::preload::next_definition;
using aioemu::preload::note_end_of_child;

// What a wait function gave, and where its caller wants the status.
pid_t look(pid_t pid, int status, int* wanted) noexcept {
  if (pid <= 0) return pid;
  note_end_of_child(pid, status);
  if (wanted != nullptr) *wanted = status;
  return pid;
}

}  // namespace

AIOEMU_INTERPOSE pid_t waitpid(pid_t pid, int* status, int options) {
  static auto* const real = next_definition<pid_t(pid_t, int*, int)>("waitpid");
  int own = 0;
  const pid_t child = real(pid, &own, options);
  return look(child, own, status);
}

AIOEMU_INTERPOSE pid_t wait(int* status) {
  static auto* const real = next_definition<pid_t(int*)>("wait");
  int own = 0;
  const pid_t child = real(&own);
  return look(child, own, status);
}

AIOEMU_INTERPOSE pid_t wait3(int* status, int options, rusage* usage) noexcept {
  static auto* const real = next_definition<pid_t(int*, int, rusage*)>("wait3");
  int own = 0;
  const pid_t child = real(&own, options, usage);
  return look(child, own, status);
}

AIOEMU_INTERPOSE pid_t wait4(pid_t pid, int* status, int options, rusage* usage) noexcept {
  static auto* const real = next_definition<pid_t(pid_t, int*, int, rusage*)>("wait4");
  int own = 0;
  const pid_t child = real(pid, &own, options, usage);
  return look(child, own, status);
}

AIOEMU_INTERPOSE int waitid(idtype_t kind, id_t id, siginfo_t* info, int options) {
  static auto* const real = next_definition<int(idtype_t, id_t, siginfo_t*, int)>("waitid");
  const int result = real(kind, id, info, options);
  const bool killed = result == 0 && info != nullptr && info->si_pid != 0 &&
                      (info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED);
  if (killed && (options & WNOWAIT) == 0) {
    note_end_of_child(info->si_pid, info->si_status);
  }
  return result;
}
