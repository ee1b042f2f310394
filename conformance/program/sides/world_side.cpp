// World as a side.
//
// World hands out the lowest free descriptor. So that a name keeps its number for as long as the
// program runs, as the kernel side's names do, a closed number is taken at once by a placeholder:
// a descriptor opened with O_PATH, which every call refuses with EBADF, as it refuses a number that
// is not open.

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "aioemu/world.h"
#include "conformance/program/sides/pattern.h"
#include "conformance/program/sides/side.h"
#include "core/kernel_profile.h"

namespace conformance::program {
namespace {

using aioemu::World;

constexpr int kNeverOpen = 0x4fffffff;
constexpr unsigned kProgramsPerWorld = 512;

template <typename T>
T* at(std::uint64_t address) {
  return reinterpret_cast<T*>(address);
}

aioemu::WorldOptions options(const MachineFacts& facts) {
  aioemu::WorldOptions made;
  made.memory = aioemu::MemoryAccess::guarded;
  made.rings = aioemu::RingMemory::mapped;
  made.possible_cpus = facts.possible_cpus;
  made.aio_max_nr = facts.aio_max_nr;
  made.realtime_io = facts.realtime_io;
  made.profile = aioemu::core::profile_for_release(facts.kernel).name;
  return made;
}

class WorldSide final : public Side {
 public:
  explicit WorldSide(const MachineFacts& facts) : options_(options(facts)) { renew(); }

  [[nodiscard]] const char* name() const override { return "emulator"; }

  long setup(std::uint64_t nr, std::uint64_t ctxp) override {
    return world_->io_setup(static_cast<unsigned>(nr), at<aio_context_t>(ctxp));
  }
  long destroy(std::uint64_t ctx) override {
    worn_ = true;
    return world_->io_destroy(ctx);
  }
  Answer submit(std::uint64_t ctx, long nr, std::uint64_t list, const Sleep& sleep) override {
    iocb** const iocbs = at<iocb*>(list);
    if (!sleep.possible) return {world_->io_submit(ctx, nr, iocbs), false};
    return finish(world_->begin_submit(ctx, nr, iocbs), sleep);
  }
  Answer getevents(std::uint64_t ctx, long min_nr, long nr, std::uint64_t events,
                   std::uint64_t timeout, const Sleep& sleep) override {
    auto* const to = at<io_event>(events);
    auto* const when = at<timespec>(timeout);
    if (!sleep.possible) return {world_->io_getevents(ctx, min_nr, nr, to, when), false};
    return finish(world_->begin_getevents(ctx, min_nr, nr, to, when), sleep);
  }
  Answer pgetevents(std::uint64_t ctx, long min_nr, long nr, std::uint64_t events,
                    std::uint64_t timeout, std::uint64_t usig, const Sleep& sleep) override {
    auto* const to = at<io_event>(events);
    auto* const when = at<timespec>(timeout);
    const void* const set = at<void>(usig);
    if (!sleep.possible) return {world_->io_pgetevents(ctx, min_nr, nr, to, when, set), false};
    return finish(world_->begin_pgetevents(ctx, min_nr, nr, to, when, set), sleep);
  }
  long cancel(std::uint64_t ctx, std::uint64_t request, std::uint64_t result) override {
    return world_->io_cancel(ctx, at<iocb>(request), at<io_event>(result));
  }

  void provide(FileName file) override;
  [[nodiscard]] int number(FileName file) const override { return slot(file).number; }
  long read(FileName file, void* to, std::size_t size) override {
    return slot(file).open ? world_->read(number(file), to, size) : -EBADF;
  }
  long write(FileName file, const void* from, std::size_t size) override {
    return slot(file).open ? world_->write(number(file), from, size) : -EBADF;
  }
  long close(FileName file) override;
  long dup(FileName from, FileName onto) override;
  long shutdown(FileName file, int how) override {
    return slot(file).open ? world_->shutdown(number(file), how) : -EBADF;
  }
  short poll(FileName file, short events) override {
    return slot(file).open ? world_->poll(number(file), events) : static_cast<short>(POLLNVAL);
  }
  long pread(FileName file, void* to, std::size_t size, std::int64_t offset) override {
    return slot(file).open ? world_->pread(number(file), to, size, offset) : -EBADF;
  }
  long size_of(FileName file) override {
    return slot(file).open ? world_->size_of(number(file)) : -EBADF;
  }
  void end_files() override;

  void protect_ring(std::uint64_t ring, std::size_t bytes, int protection) override {
    mprotect(at<void>(ring), bytes, protection);
  }
  std::uint32_t signals() override {
    return static_cast<std::uint32_t>(world_->signals_handled(SIGPIPE));
  }
  void let_go_on(unsigned) override { world_->advance(0); }
  void finish_work() override { world_->advance(0); }
  [[nodiscard]] bool takes_time() const override { return false; }
  [[nodiscard]] bool worn() const override { return worn_ || programs_ >= kProgramsPerWorld; }
  void renew() override;

 private:
  struct Slot {
    int number = kNeverOpen;
    bool there = false;  // the number is taken, by the file or by a placeholder
    bool open = false;
  };
  [[nodiscard]] const Slot& slot(FileName file) const {
    return slots_[static_cast<std::size_t>(file)];
  }
  void keep(FileName file, int number);
  void keep_placeholder(FileName file);
  int make_regular(FileName file);
  int make(FileName file);
  void make_pair(FileName one, FileName other);
  Answer finish(World::Pending pending, const Sleep& sleep);

  aioemu::WorldOptions options_;
  std::unique_ptr<World> world_;
  std::array<Slot, kFiles> slots_{};
  int shared_ = -1;  // the file behind rw, ro, wo and append
  unsigned programs_ = 0;
  bool worn_ = false;
};

void WorldSide::renew() {
  world_.reset();
  world_ = std::make_unique<World>(options_);
  slots_ = {};
  slots_[static_cast<std::size_t>(FileName::minus1)].number = -1;
  shared_ = -1;
  programs_ = 0;
  worn_ = false;
}

Answer WorldSide::finish(World::Pending pending, const Sleep& sleep) {
  bool interrupted = false;
  for (int signals = 0; pending.blocked() && !sleep.times_out && signals < 256; ++signals) {
    pending.interrupt();
    interrupted = true;
  }
  return {pending.finish(), interrupted};
}

void WorldSide::keep(FileName file, int number) {
  slots_[static_cast<std::size_t>(file)] = {number, true, true};
}

void WorldSide::keep_placeholder(FileName file) {
  slots_[static_cast<std::size_t>(file)] = {world_->open("/tmp", O_PATH), true, false};
}

int WorldSide::make_regular(FileName file) {
  if (shared_ < 0) {
    shared_ = world_->create_file("", 0, O_RDWR);
    world_->pwrite(shared_, file_pattern().data(), kFileBytes, 0);
  }
  switch (file) {
    case FileName::ro:
      return world_->reopen(shared_, O_RDONLY);
    case FileName::wo:
      return world_->reopen(shared_, O_WRONLY);
    case FileName::append:
      return world_->reopen(shared_, O_RDWR | O_APPEND);
    default:
      return world_->reopen(shared_, O_RDWR);
  }
}

int WorldSide::make(FileName file) {
  switch (file) {
    case FileName::direct: {
      const int made = world_->create_file("", 0, O_RDWR);
      world_->pwrite(made, file_pattern().data(), kFileBytes, 0);
      const int direct = world_->reopen(made, O_RDWR | O_DIRECT);
      world_->close(made);
      return direct;
    }
    case FileName::memfd: {
      const int made = world_->memfd(0);
      world_->pwrite(made, file_pattern().data(), kFileBytes, 0);
      return made;
    }
    case FileName::fifo:
      return world_->fifo(O_NONBLOCK);
    case FileName::lone:
      return world_->unconnected_socket(SOCK_STREAM | SOCK_NONBLOCK);
    case FileName::eventfd:
      return world_->eventfd(0, EFD_NONBLOCK);
    case FileName::semaphore:
      return world_->eventfd(3, EFD_NONBLOCK | EFD_SEMAPHORE);
    case FileName::timerfd:
      return world_->timerfd(TFD_NONBLOCK);
    case FileName::epoll:
      return world_->epoll();
    case FileName::null:
      return world_->open("/dev/null", O_RDWR);
    case FileName::zero:
      return world_->open("/dev/zero", O_RDWR);
    case FileName::full:
      return world_->open("/dev/full", O_RDWR);
    case FileName::directory:
      return world_->open("/tmp", O_RDONLY);
    case FileName::path:
      return world_->open("/tmp", O_PATH);
    case FileName::proc:
      return world_->open("/proc/self/stat", O_RDONLY);
    default:
      return make_regular(file);
  }
}

void WorldSide::make_pair(FileName one, FileName other) {
  int ends[2] = {-1, -1};
  switch (one) {
    case FileName::pipe_r:
      world_->pipe(ends, O_NONBLOCK);
      break;
    case FileName::block_r:
      world_->pipe(ends, 0);
      break;
    case FileName::sock_a:
      world_->socketpair(SOCK_STREAM | SOCK_NONBLOCK, ends);
      break;
    default:
      world_->socketpair(SOCK_DGRAM | SOCK_NONBLOCK, ends);
      break;
  }
  keep(one, ends[0]);
  keep(other, ends[1]);
}

void WorldSide::provide(FileName file) {
  if (slot(file).there || file == FileName::minus1 || file == FileName::closed) return;
  if (file == FileName::dup0 || file == FileName::dup1) return keep_placeholder(file);
  const FileName partner = partner_of(file);
  if (partner == file) return keep(file, make(file));
  make_pair(std::min(file, partner), std::max(file, partner));
}

long WorldSide::close(FileName file) {
  if (!slot(file).open) return -EBADF;
  const long result = world_->close(number(file));
  keep_placeholder(file);
  return result;
}

long WorldSide::dup(FileName from, FileName onto) {
  if (!slot(from).open) return -EBADF;
  if (from == onto) return 0;
  world_->close(number(onto));
  keep(onto, world_->dup(number(from)));
  return 0;
}

void WorldSide::end_files() {
  for (Slot& one : slots_) {
    if (one.there) world_->close(one.number);
    one = Slot();
  }
  slots_[static_cast<std::size_t>(FileName::minus1)].number = -1;
  if (shared_ >= 0) world_->close(shared_);
  shared_ = -1;
  ++programs_;
}

}  // namespace

std::unique_ptr<Side> make_world_side(const MachineFacts& facts) {
  return std::make_unique<WorldSide>(facts);
}

FileName partner_of(FileName file) {
  switch (file) {
    case FileName::pipe_r:
    case FileName::block_r:
    case FileName::sock_a:
    case FileName::dgram_a:
      return static_cast<FileName>(static_cast<unsigned>(file) + 1);
    case FileName::pipe_w:
    case FileName::block_w:
    case FileName::sock_b:
    case FileName::dgram_b:
      return static_cast<FileName>(static_cast<unsigned>(file) - 1);
    default:
      return file;
  }
}

bool is_regular(FileName file) {
  return file == FileName::rw || file == FileName::ro || file == FileName::wo ||
         file == FileName::append || file == FileName::direct || file == FileName::memfd;
}

}  // namespace conformance::program
