// Unserved: what a run knows about programs and calls that the emulator could not reach.
//
// It lies in the session, so that the waiting command can tell of it: whether inline system calls
// could be caught, which programs were started that no library can be loaded into, and who died of
// a system call that nobody was there to serve. It starts as zero bytes; nothing in it is ever
// taken back. Any thread, any process of the run; a vfork child too.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "host/counters.h"

namespace aioemu::host {

// A program that was started and is not served.
struct Stranger {
  std::atomic<std::int32_t> pid;            // 0 until the rest is written
  std::atomic<std::uint32_t> dead;          // 1: SIGSYS killed it
  std::array<std::atomic<char>, 120> path;  // the end of a longer one is missing; ends with a 0
};

struct Unserved {
  Count trap_refused;  // processes in which inline system calls could not be caught
  Count trap_errno;    // why, in the last of them
  Count killed;        // processes that SIGSYS killed, strangers or not
  Count strangers;     // started, more than there is room for
  std::array<Stranger, 16> list;

  void note_trap_refused(int error) noexcept;
  // `pid` is about to become, or has just become, the program at `path`.
  void note_stranger(std::int32_t pid, const char* path) noexcept;
  void note_killed(std::int32_t pid) noexcept;

  // Those that there was room for. One whose pid is 0 is just being written.
  [[nodiscard]] std::span<const Stranger> known() const noexcept;
};

}  // namespace aioemu::host
