// Counters: what one address space's AIO did, as far as a summary tells it.
//
// They live in memory that the owner of the Runtime supplies, usually shared by a process tree:
// a process that is killed leaves them behind. They start as zero bytes. All accesses are relaxed;
// a reader in another process sees each counter alone, not a consistent whole.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace aioemu::host {

using Count = std::atomic<std::uint64_t>;
static_assert(Count::is_always_lock_free);

// One per opcode number; 4 and 6 stay 0, nothing of that kind is ever accepted.
inline constexpr std::size_t kOpcodes = 9;

struct Counters {
  // Calls that entered the emulator, whatever they returned.
  Count setups;
  Count submits;
  Count getevents;  // io_getevents and io_pgetevents
  Count cancels;
  Count destroys;

  // Requests. accepted - completed is what is in flight.
  std::array<Count, kOpcodes> accepted;
  std::array<Count, kOpcodes> completed;
  Count failed;  // completed with a negative result
  Count bytes_read;
  Count bytes_written;

  Count reaped;     // events that io_getevents handed out; a program that reads the ring itself
                    // takes more
  Count waiting;    // threads asleep in io_getevents now
  Count reentered;  // calls made by a signal handler while its thread was inside the emulator

  static void add(Count& count, std::uint64_t by = 1) noexcept {
    count.fetch_add(by, std::memory_order_relaxed);
  }
  // For one writer at a time, who holds the lock that says so: no locked instruction.
  static void bump(Count& count, std::uint64_t by = 1) noexcept {
    count.store(count.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  static void subtract(Count& count, std::uint64_t by = 1) noexcept {
    count.fetch_sub(by, std::memory_order_relaxed);
  }
  static std::uint64_t value(const Count& count) noexcept {
    return count.load(std::memory_order_relaxed);
  }
};

}  // namespace aioemu::host
