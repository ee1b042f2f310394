// What the tests about contexts, rings and slots share: ring arithmetic, the five calls that take
// a context, one CPU, what is mapped.
#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "conformance/harness.h"

namespace conformance {

// ---- arithmetic ----

// Bytes of the ring of a context for `nr_events` (K17).
inline std::size_t ring_bytes(const Facts& facts, std::uint64_t nr_events) {
  const std::uint64_t wanted = 2 * std::max<std::uint64_t>(nr_events, 4 * facts.possible_cpus) + 2;
  const std::uint64_t bytes = 32 + 32 * wanted;
  return (bytes + facts.page_size - 1) / facts.page_size * facts.page_size;
}

// Entries of that ring: N (K17).
inline std::uint32_t ring_entries(const Facts& facts, std::uint64_t nr_events) {
  return static_cast<std::uint32_t>(ring_bytes(facts, nr_events) / 32 - 1);
}

// How many slots move at a time between a CPU and the pool: B (K95).
inline long slot_batch(const Facts& facts, std::uint32_t ring_nr) {
  return std::max<long>(
      1, static_cast<long>(ring_nr - 1) / (4 * static_cast<long>(facts.possible_cpus)));
}

// ---- the ring ----

inline char* ring_address(Context context) { return reinterpret_cast<char*>(context); }

// The bytes of slot `index`, which may be stale.
inline io_event event_in_slot(Context context, std::size_t index) {
  io_event event{};
  std::memcpy(&event, ring_address(context) + 32 + 32 * index, sizeof event);
  return event;
}

// Writes an event into slot `index`, as no well-behaved program would.
inline void forge_slot(Context context, std::size_t index, const io_event& event) {
  std::memcpy(ring_address(context) + 32 + 32 * index, &event, sizeof event);
}

// Waits, at most ten seconds, until the ring's tail word is `tail`; false when it never was.
inline bool tail_reaches(Backend& backend, Context context, std::uint32_t tail) {
  const std::int64_t limit = backend.now_ns() + 10'000'000'000;
  while (ring_of(context).tail != tail) {
    if (backend.now_ns() > limit) return false;
    backend.breathe();
  }
  return true;
}

// ---- slots ----

// Submits copies of `request` until the context takes no more: how many it took, or the errno
// that was not EAGAIN.
inline long fill(Backend& backend, Context context, iocb& request) {
  std::vector<iocb*> copies(ring_of(context).nr, &request);
  long total = 0;
  for (;;) {
    const long taken = backend.io_submit(context, static_cast<long>(copies.size()), copies.data());
    if (taken == -EAGAIN) return total;
    if (taken <= 0) return taken;
    total += taken;
  }
}

// ---- the five calls that take a context ----

enum class Handle {
  readable,    // memory can be read where a ring would be
  unreadable,  // a library that peeks at the ring would crash there (K144)
};

// What each of the five calls answers when it is given `context` and nothing that could fail
// before the lookup or wait after it. io_cancel is asked about `pending`.
inline std::map<std::string, long> five_calls(Backend& backend, Context context,
                                              Handle handle = Handle::readable,
                                              iocb* pending = nullptr) {
  iocb nothing{};
  io_event event{};
  timespec now{0, 1};
  std::map<std::string, long> answers;
  answers["io_submit"] = backend.io_submit(context, 0, nullptr);
  answers["io_cancel"] = backend.io_cancel(context, pending ? pending : &nothing, nullptr);
  if (handle == Handle::readable || !backend.facts().library_reads_ring) {
    answers["io_getevents"] = backend.io_getevents(context, 0, 1, &event, &now);
    answers["io_pgetevents"] = backend.io_pgetevents(context, 0, 1, &event, &now, nullptr);
  }
  answers["io_destroy"] = backend.io_destroy(context);
  return answers;
}

// The handle is no context for any of them.
inline auto AllFailWithEinval() {
  return testing::Each(testing::Pair(testing::_, FailsWith(EINVAL)));
}

// ---- aio-nr ----

// Runs `change` until aio-nr moves by `expected` over it, then gives `expected`; after many tries
// the last difference. `undo` runs after each try. Other programs move the counter too.
template <typename Change, typename Undo>
long aio_nr_change(Backend& backend, long expected, Change change, Undo undo) {
  long difference = 0;
  for (int tries = 0; tries < 25; ++tries) {
    const std::uint64_t before = backend.aio_nr();
    change();
    difference = static_cast<long>(backend.aio_nr() - before);
    undo();
    if (difference == expected) break;
  }
  return difference;
}

// ---- the process ----

// Whether every page of [address, address + size) is mapped.
inline bool is_mapped(const void* address, std::size_t size) {
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> resident((size + page - 1) / page);
  return mincore(const_cast<void*>(address), size, resident.data()) == 0;
}

// The line of /proc/self/maps for the mapping that begins exactly at `address`; empty if none.
inline std::string maps_line(const void* address) {
  std::ostringstream start;
  start << std::hex << reinterpret_cast<std::uintptr_t>(address) << '-';
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.compare(0, start.str().size(), start.str()) == 0) return line;
  }
  return "";
}

// How many mappings of this process are AIO rings.
inline int mapped_rings() {
  std::ifstream maps("/proc/self/maps");
  int rings = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find("/[aio]") != std::string::npos) ++rings;
  }
  return rings;
}

// Lets a memory fault end the process, as it would end a program that has no handlers: a sanitizer,
// for one, has some. For forked children.
inline void let_faults_kill() {
  signal(SIGSEGV, SIG_DFL);
  signal(SIGBUS, SIG_DFL);
}

// Keeps the calling thread on one CPU, so that slots do not strand in another CPU's stash (K97).
class CpuHopper {
 public:
  CpuHopper() {
    sched_getaffinity(0, sizeof before_, &before_);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (move_to(cpu)) break;
    }
  }
  ~CpuHopper() { sched_setaffinity(0, sizeof before_, &before_); }
  CpuHopper(const CpuHopper&) = delete;
  CpuHopper& operator=(const CpuHopper&) = delete;

  // Moves on to the next CPU this process may use; false when there is only one.
  bool move_on() {
    for (int cpu = current_ + 1; cpu < CPU_SETSIZE; ++cpu) {
      if (move_to(cpu)) return true;
    }
    return false;
  }
  // Goes to `cpu`, which is one that this object was on before.
  bool move_to(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) return false;
    current_ = cpu;
    return true;
  }
  [[nodiscard]] int current() const { return current_; }

 private:
  cpu_set_t before_{};
  int current_ = 0;
};

}  // namespace conformance
