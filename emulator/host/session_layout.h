// What the processes of one run share: the layout of the session file.
//
// The file is created by `aioemu run`, mapped by every process of the tree and never read or
// written otherwise. Each process that uses AIO takes one record and keeps it for good, so that
// the story of a process that was killed is still there at the end. Only lock-free atomics change
// after the file is made.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "fault/injector.h"
#include "fault/plan.h"
#include "host/counters.h"
#include "host/modules.h"
#include "host/unserved.h"
#include "observe/board.h"
#include "observe/file_names.h"
#include "observe/trace_ring.h"

namespace aioemu::host {

inline constexpr std::uint64_t kSessionMagic = 0x6e6f697373656d65;  // "emession"
// Changes whenever anything below does: the command and the preload library must agree.
inline constexpr std::uint32_t kSessionVersion = 9;
inline constexpr std::size_t kMaxRules = fault::kMaxRules;
// Processes with a record of their own; later ones share the last record.
inline constexpr std::size_t kMaxProcesses = 4096;
// Those of them that the oracles look on.
inline constexpr std::size_t kMaxWatched = 256;

// Where a call came in.
enum class Entry : std::uint8_t { syscall_function, libaio_symbol, trap };
inline constexpr std::size_t kEntries = 3;

enum class Call : std::uint8_t { setup, destroy, getevents, submit, cancel, pgetevents };
inline constexpr std::size_t kCalls = 6;

enum class RecordState : std::uint32_t { unused, live, ended };

struct ProcessRecord {
  std::atomic<RecordState> state;
  std::atomic<std::int32_t> pid;
  Count start_time;  // field 22 of /proc/PID/stat: tells a reused pid apart
  Count charged;     // its share of aio-nr
  std::array<std::array<Count, kCalls>, kEntries> calls;
  std::array<std::atomic<char>, 16> name;  // as in /proc/PID/comm
  Counters counters;
};

// What the oracles know about a process, and what its code is called.
struct WatchRecord {
  observe::Board board;
  Modules modules;
};

struct SessionLayout {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t traced;  // 1: somebody drains `trace`
  std::uint64_t bytes;   // sizeof(SessionLayout)
  std::uint64_t seed;
  std::uint64_t aio_max_nr;
  fault::Order order;
  std::uint32_t sector;
  Count aio_nr;
  Count began;      // the run's first AIO call, by the monotonic clock; 0 before it
  Count loaded;     // processes that loaded the preload library
  Count processes;  // records taken, more than kMaxProcesses when the last one is shared
  Unserved unserved;
  fault::RuleIndex index;  // of `rules`, of which the command may add some and take some away
  std::array<fault::CompiledRule, kMaxRules> rules;
  std::array<fault::RuleState, kMaxRules> states;
  std::array<ProcessRecord, kMaxProcesses> records;
  observe::FileNames files;
  observe::TraceRing trace;
  observe::OracleChoice oracles;
  // By ordinal, as `records`. Pages that nobody touches cost nothing.
  std::array<WatchRecord, kMaxWatched> watches;
};
static_assert(std::is_trivially_copyable_v<fault::CompiledRule>);

}  // namespace aioemu::host
