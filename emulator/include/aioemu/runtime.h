// Runtime: Linux kernel AIO in a real process, without the kernel's AIO.
//
// Real files, real threads, real time. The six calls behave as the system calls do, with the
// faults of a plan added:
//
//   aioemu::Runtime runtime{{.plan = "complete op=write when=3 errno EIO"}};
//   aio_context_t ctx = 0;
//   runtime.io_setup(32, &ctx);                    // 0
//   runtime.io_submit(ctx, 1, &iocb);              // 1
//   runtime.io_getevents(ctx, 1, 1, &event);       // 1
//
// What happens where: reads and writes of buffered files, memory files, devices, pipes and sockets
// are done inside io_submit by the calling thread, as the kernel does them; io_submit blocks where
// the kernel's blocks. Direct transfers on real disks, fsync and polls are done by threads of the
// Runtime, which hold the file themselves: the program may close its descriptor at once.
//
// Threading: every call from any thread at any time. A Runtime must not be destroyed while a thread
// is inside a call.
//
// Signals: a handler may call in. If it interrupted its own thread inside the emulator's lock, it
// gets -EAGAIN (io_getevents: 0). Handlers for SIGSEGV and SIGBUS are installed in front of the
// program's own, which still get every signal that is not about a bad pointer handed to these
// calls. A thread that blocks those signals should say so with thread_blocks_faults(true). The
// threads of the Runtime block all signals. A handler must not leave by longjmp when it may have
// interrupted one of these calls.
//
// fork: contexts belong to an address space. A fork child finds none of its parent's, a vfork or
// CLONE_VM child shares them.
//
// Memory, errors: the six calls do not allocate with malloc, do not throw and leave errno alone.
// No descriptor stays behind in the program's table.
#pragma once

#include <time.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aioemu/aio_types.h"
#include "aioemu/finding.h"

namespace aioemu {

struct RuntimeOptions {
  std::string plan{};      // a fault plan; empty for none
  std::uint64_t seed = 0;  // the plan's own seed, if it has one, when this is 0
  std::string profile = "linux-6.18";
  unsigned possible_cpus = 0;       // decides ring sizes and slot counts; 0: as this machine has
  std::uint64_t aio_max_nr = 0;     // 0: the plan's, or the profile's
  std::string oracles = "default";  // which ones look on: docs/oracles.md; "none" for none
};

class Runtime {
 public:
  // Throws std::invalid_argument for an unknown profile, a bad plan or oracle, with the reason, and
  // std::bad_alloc.
  explicit Runtime(const RuntimeOptions& options = {});
  // Contexts that are left are destroyed, which waits for what is in flight. What is in flight only
  // because a rule or the plan's order holds it is given up instead: its bytes never move.
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // ---- the six calls: 0 or a count, or -errno ----
  long io_setup(unsigned nr_events, aio_context_t* ctx) noexcept;
  long io_destroy(aio_context_t ctx) noexcept;
  long io_submit(aio_context_t ctx, long nr, iocb** iocbs) noexcept;
  long io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                    const timespec* timeout = nullptr) noexcept;
  // `usig` points at {address of a 64-bit mask, 8}, as the raw call wants it; or null.
  long io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                     const timespec* timeout, const void* usig) noexcept;
  long io_cancel(aio_context_t ctx, iocb* request, io_event* result) noexcept;

  // Waits until no transfer and no fsync is in flight; polls do not count. For the end of a
  // process: what the kernel would finish at exit is finished. What a rule delays is carried out
  // now, late eventfds are signalled; what hangs by a rule stays as it is.
  void finish_all() noexcept;

  // For a thread that blocks SIGSEGV or SIGBUS; it concerns the calling thread only.
  static void thread_blocks_faults(bool blocks) noexcept;

  // ---- looking in ----
  [[nodiscard]] std::uint64_t aio_nr() const noexcept;
  [[nodiscard]] std::uint64_t aio_max_nr() const noexcept;
  void set_aio_max_nr(std::uint64_t value) noexcept;
  // How often the rule of that name has fired. 0 for a name that no rule has.
  [[nodiscard]] std::uint64_t fired(std::string_view rule) const;
  struct Statistics {
    std::uint64_t accepted = 0;  // requests
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;     // completed with a negative result
    std::uint64_t reaped = 0;     // events handed out by io_getevents
    std::uint64_t waiting = 0;    // threads asleep in io_getevents
    std::uint64_t reentered = 0;  // calls by handlers that could not be served
  };
  // Of the calling address space.
  [[nodiscard]] Statistics statistics() const noexcept;
  // What the oracles have seen in the calling address space so far. No thread may be inside a call.
  [[nodiscard]] std::vector<OracleFinding> findings() const;
  // The same, once the program is done with its AIO: what it still owes (docs/oracles.md) is a
  // finding now, and so is what contexts that are left hold. Contexts stay as they are. Without it
  // nobody judges that.
  std::vector<OracleFinding> finish();

 private:
  class Home;
  std::unique_ptr<Home> home_;
};

}  // namespace aioemu
