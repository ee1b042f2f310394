// World: Linux kernel AIO in a deterministic, simulated world.
//
// Files, pipes, sockets, time and signals are simulated; only memory is the program's own. There is
// no thread, no clock and no system call behind it, and everything that could go one way or another
// is decided by a seed: the same program with the same options does the same, every time.
//
//   aioemu::World world{{.plan = "first: submit nr>=2 when=1 partial 1", .seed = 7}};
//   int fd = world.create_file("data", 1 << 20);
//   aio_context_t ctx = 0;
//   world.io_setup(32, &ctx);                      // 0
//   world.io_submit(ctx, 2, iocbs);                // 1: the fault
//   world.fired("first");                          // 1
//
// Results: every call returns 0 or a count, or -errno, as the raw system calls and libaio do.
// Where a system call would sleep, virtual time runs on to the next thing that happens. A sleep
// that nothing can end is reported at once, as a CertainHang.
//
// Threading: a World belongs to the thread that first uses it. A call from another one aborts the
// process with a message.
#pragma once

#include <signal.h>
#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "aioemu/aio_types.h"
#include "aioemu/choice.h"
#include "aioemu/disk_faults.h"
#include "aioemu/finding.h"

namespace aioemu {

namespace observe {
class Observer;
}
namespace sim {
class Engine;
struct Call;
}  // namespace sim

// In which order requests on files and devices complete. Streams (pipes, sockets, ...) always move
// their bytes at once, as they do on a kernel.
enum class CompletionOrder : std::uint8_t {
  inline_completion,  // inside io_submit, the kernel's own way for buffered files
  fifo,               // held in flight; oldest first, one by one, when the program waits
  random,             // held in flight; order and batches are drawn from the choices
  scripted,           // held in flight until complete_next() or complete() is called
  lifo,               // as fifo, newest first
};

// Whose O_DIRECT and RWF rules the files follow.
enum class FileSystem : std::uint8_t {
  ext4,   // O_DIRECT wants alignment and moves all or nothing
  tmpfs,  // O_DIRECT changes nothing; NOWAIT and DONTCACHE are refused
};

// How the program's memory is touched.
enum class MemoryAccess : std::uint8_t {
  direct,   // plain copies: fast and visible to sanitizers; a bad pointer crashes
  guarded,  // a bad pointer is EFAULT; installs handlers for SIGSEGV and SIGBUS
};

// What the rings are made of.
enum class RingMemory : std::uint8_t {
  heap,    // ordinary memory: fast; a destroyed ring stays readable
  mapped,  // a mapping of its own: munmap, mprotect, mremap and fork act on it as on a kernel's
};

struct WorldOptions {
  std::string plan{};      // a fault plan; empty for none
  std::uint64_t seed = 0;  // the plan's own seed, if it has one, when this is 0
  std::string profile = "linux-6.18";
  CompletionOrder order = CompletionOrder::inline_completion;
  ChoiceSource* choices = nullptr;  // instead of the seed's; must outlive the World
  unsigned possible_cpus = 2;       // decides ring sizes and slot counts
  std::uint64_t aio_max_nr = 0;     // 0: the plan's, or the profile's
  FileSystem file_system = FileSystem::ext4;
  unsigned direct_alignment = 512;  // of O_DIRECT on ext4; 1 for none
  MemoryAccess memory = MemoryAccess::direct;
  RingMemory rings = RingMemory::heap;
  bool realtime_io = false;         // the caller may use I/O priority class 1
  std::string oracles = "default";  // which ones look on: docs/oracles.md; "none" for none
  bool trace = false;               // keeps what trace() gives
  // The simulated disk (docs/simulated-disk.md); powers of two. `disk_sector` is the atomic unit,
  // at least 16; `disk_block`, at least a sector and at most 65536, what is written back as one.
  unsigned disk_sector = 512;
  unsigned disk_block = 4096;
};

// A sleep that nothing can ever end: nothing is in flight that could complete by itself, no timer
// runs, and no timeout was given. The call that slept has been interrupted; the World is usable.
class CertainHang : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;  // what(): what waits, and what is in flight
};

// A rule of the plan (`durability power_cut`) has cut the power. Thrown by the call of World during
// which that happened, whatever call it was: the program that made it does not live on. The disk is
// as World::power_cut() leaves it, and so is everything else: contexts, requests in flight and
// sleeping calls are gone, files that are open stay open, at position 0. Catch it where the machine
// starts again.
class PowerCut : public std::runtime_error {
 public:
  explicit PowerCut(const PowerCutReport& what_is_left)
      : std::runtime_error("the plan has cut the power"), report(what_is_left) {}
  const PowerCutReport report;
};

// A request that was accepted and has not completed.
struct InFlight {
  std::uint64_t id = 0;  // 1, 2, ... in order of acceptance
  unsigned opcode = 0;   // IOCB_CMD_*
  int fd = -1;
  std::int64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t data = 0;  // aio_data
  iocb* request = nullptr;
};

// What create_device makes.
enum class DeviceKind : std::uint8_t { disk, character };

// Rules that joined a World's plan together.
struct AddedRules {
  std::size_t first = 0;
  std::size_t count = 0;
};

class World {
 public:
  // Throws std::invalid_argument for an unknown profile, a bad plan or oracle, or a disk whose
  // units do not make sense, with the reason; and std::runtime_error when guarded memory was asked
  // for and cannot be had.
  explicit World(const WorldOptions& options = {});
  // Requests in flight are dropped, contexts destroyed, descriptors closed.
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // ---- the six calls; arguments as the raw system calls have them ----
  long io_setup(unsigned nr_events, aio_context_t* ctx);
  long io_destroy(aio_context_t ctx);
  long io_submit(aio_context_t ctx, long nr, iocb** iocbs);
  long io_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                    const timespec* timeout = nullptr);
  // `usig` points at {address of a 64-bit mask, 8}, as the raw call wants it; or null.
  long io_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                     const timespec* timeout, const void* usig);
  long io_cancel(aio_context_t ctx, iocb* request, io_event* result);

  // ---- split calls: begun like the calls above, but as if by another thread ----
  // A call that sleeps stays asleep until what the program does next ends it. Handles must not be
  // used after the World is gone; a handle that goes while its call sleeps leaves it asleep.
  class Pending {
   public:
    // Still asleep? Never waits.
    [[nodiscard]] bool blocked() const;
    // A signal with a handler reaches the sleeper; the handler runs. io_destroy does not notice.
    void interrupt(int signal = SIGUSR1);
    // The process is stopped and goes on: ends io_getevents with EINTR, begins the sleep of
    // io_pgetevents anew with its whole timeout.
    void stop_and_continue();
    // Runs virtual time until the call returns: its result. CertainHang as the plain call. The
    // handle is used up then: using it again aborts the process with a message.
    long finish();

   private:
    friend class World;
    Pending(sim::Engine& engine, sim::Call& call) : engine_(&engine), call_(&call) {}
    [[nodiscard]] sim::Call& call() const;
    sim::Engine* engine_;
    sim::Call* call_;
  };
  Pending begin_submit(aio_context_t ctx, long nr, iocb** iocbs);
  Pending begin_getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                          const timespec* timeout = nullptr);
  Pending begin_pgetevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                           const timespec* timeout, const void* usig);
  Pending begin_destroy(aio_context_t ctx);
  Pending begin_read(int fd, void* buffer, std::size_t size);
  Pending begin_write(int fd, const void* buffer, std::size_t size);

  // ---- descriptors: from 0x40000000 up; EBADF, EINVAL, ENOENT ... as the system calls ----
  // A file of `size` zero bytes. The name serves open(); an empty one makes a nameless file.
  // `flags` are open's: O_RDWR unless told, O_DIRECT, O_APPEND, O_NONBLOCK.
  int create_file(std::string_view name, std::size_t size, int flags = 2 /* O_RDWR */);
  // A block device of a fixed size: no byte beyond its end exists.
  int create_block_device(std::size_t size, int flags = 2);
  // A device that answers its next requests with what device_answers() says: a byte count or
  // -errno each. Without an answer, reads give zeroes and writes succeed.
  int create_device(DeviceKind kind, int flags = 2);
  int device_answers(int fd, long result);
  // Created names, also by O_CREAT; /dev/null, zero, full, urandom; directories; some of /proc
  // and /sys.
  int open(const char* path, int flags);
  // The same file, opened again. EINVAL for what has no contents of its own.
  int reopen(int fd, int flags);
  int pipe(int ends[2], int flags = 0);   // O_NONBLOCK
  int fifo(int flags = 0);                // opened O_RDWR: both ends in one
  int socketpair(int type, int ends[2]);  // SOCK_STREAM or SOCK_DGRAM, | SOCK_NONBLOCK
  int unconnected_socket(int type);
  int eventfd(unsigned initial, int flags = 0);     // EFD_SEMAPHORE, EFD_NONBLOCK
  int timerfd(int flags = 0);                       // TFD_NONBLOCK; disarmed
  int arm_timer(int fd, std::int64_t ns);           // from now, once; 0 disarms
  int signalfd(std::uint64_t mask, int flags = 0);  // bit n-1 for signal n
  int epoll();
  int inotify();
  int pidfd();
  int terminal(int* other_end);  // the user's side; *other_end becomes the master
  int memfd(int seals);          // F_SEAL_*
  int dup(int fd);
  int close(int fd);
  ssize_t read(int fd, void* buffer, std::size_t size);
  ssize_t write(int fd, const void* buffer, std::size_t size);
  ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset);
  ssize_t pwrite(int fd, const void* buffer, std::size_t size, off_t offset);
  int fsync(int fd);
  int shutdown(int fd, int how);
  // The poll(2) bits of `events`, and POLLERR and POLLHUP, that hold now; POLLNVAL.
  short poll(int fd, short events);
  off_t size_of(int fd);
  off_t position(int fd);
  // RLIMIT_FSIZE; negative for none.
  void set_file_size_limit(std::int64_t bytes);

  // ---- the disk: what is durable, and what fails; docs/simulated-disk.md ----
  // The machine goes off and on again. What was not durable is decided about by the choices, block
  // by block; writes in flight count as not durable. Contexts, requests and sleeping calls are
  // gone. Descriptors of create_file and create_block_device are as opened again, at position 0;
  // all others are closed.
  PowerCutReport power_cut();
  // Makes faulty every sector that the range touches. How many; EBADF, and EINVAL for what is not
  // on a disk or a negative offset. A misdirected_read gets its bytes from the sector at `from`.
  long damage(int fd, MediumFault fault, off_t offset, std::size_t length, off_t from = 0);
  // Decides about the next write to the file that moves bytes. `argument`: how many sectors arrive
  // (torn_first, torn_last), a seed (torn_random), where it arrives (misdirected).
  int spoil_next_write(int fd, WriteFault fault, std::uint64_t argument = 0);
  // Decides about the next fsync of the file that ends.
  int fail_next_sync(int fd, SyncFault fault);
  // Takes it all back: the file's bytes are what they should be, the next write and fsync good.
  int lift_faults(int fd);
  // So much may be allocated from now on, in blocks, by all files together; negative for no limit.
  void set_free_space(std::int64_t bytes);
  // More of it, `after` nanoseconds from now.
  void add_free_space(std::uint64_t bytes, std::int64_t after = 0);

  // ---- completions ----
  // What is held in flight, oldest first, then the fsyncs and cancelled polls under way, then the
  // polls that wait.
  [[nodiscard]] std::vector<InFlight> in_flight() const;
  // Completes the oldest held request with its natural result. False when none is held.
  bool complete_next();
  // Completes the held request `id`, naturally or with `result`: -errno without moving anything,
  // or a byte count that is really moved if the file has it. False when no such request is held.
  bool complete(std::uint64_t id);
  bool complete(std::uint64_t id, long result);

  // ---- time, in virtual nanoseconds from 0 ----
  [[nodiscard]] std::int64_t now() const;
  // Time passes for the program: timers run, held requests complete (unless scripted).
  void advance(std::int64_t ns);
  // The next thing that can happen by itself happens. False when there is nothing.
  bool breathe();

  // ---- the thread's signals: a model; every signal has a handler that counts ----
  void block_signal(int signal, bool block);
  void raise_signal(int signal);
  [[nodiscard]] int signals_handled(int signal) const;

  // ---- the system ----
  [[nodiscard]] std::uint64_t aio_nr() const;
  [[nodiscard]] std::uint64_t aio_max_nr() const;
  void set_aio_max_nr(std::uint64_t value);
  // From here on this World is that of a fork child: descriptors stay, contexts are the parent's.
  // (After a real fork() the child calls it on its copy.)
  void become_fork_child();

  // ---- faults and history ----
  // How often a rule of the plan has fired; 0 for a name that no rule has.
  [[nodiscard]] std::uint64_t fired(std::string_view rule) const;
  // Rules join behind those of the plan, and leave again; testing::FaultScope does both. Their
  // path= looks at files that are created or opened afterwards. std::invalid_argument with the
  // reason when the text is wrong or holds anything but rules; std::logic_error for a World with
  // neither a plan nor oracles that has contexts already.
  AddedRules add_rules(std::string_view rules);
  // They decide no more; their names are free. Each group once.
  void remove_rules(const AddedRules& rules);
  // How often all of these rules have fired, in the plan or no more.
  [[nodiscard]] std::uint64_t fired(const AddedRules& rules) const;
  // A digest of everything that has completed so far, in order. Equal for equal runs.
  [[nodiscard]] std::uint64_t trace_hash() const;
  // With WorldOptions::trace: what has happened so far, as lines of JSON (docs/trace.md); otherwise
  // empty. The same for the same seed. It grows with every call.
  [[nodiscard]] std::string trace() const;
  // What the oracles have seen so far.
  [[nodiscard]] std::vector<OracleFinding> findings() const;
  // The same, once the program is done: what it still owes (docs/oracles.md) is a finding now, and
  // so is what contexts that are left hold. Contexts stay as they are. Without it nobody judges
  // that.
  std::vector<OracleFinding> finish();
  // For the library's own tools: who is told what happens from now on, in place of trace(); null
  // for nobody. It outlives the World, whose destructor tells of the end.
  void observe(observe::Observer* observer);

 private:
  Pending begin_transfer(int fd, bool reading, const void* buffer, std::size_t size);

  std::unique_ptr<sim::Engine> engine_;
};

}  // namespace aioemu
