// World as a backend: every verb is World's own.
//
// World is single-threaded, so a call that may sleep runs on a fiber: it begins World's split call
// and yields while that is asleep. Each test has a World of its own. Memory is guarded and the
// rings are mapped, so that bad pointers and the program's tricks with its ring work as they do on
// a kernel.

#include "conformance/backends/world.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <functional>
#include <stdexcept>
#include <utility>

#include "aioemu/world.h"
#include "conformance/backends/backends.h"
#include "conformance/backends/child_status.h"
#include "conformance/backends/fiber.h"
#include "core/kernel_profile.h"

namespace conformance {
namespace {

using aioemu::World;

constexpr unsigned kForkPatienceSeconds = 20;
constexpr std::int64_t kBreathNs = 1'000'000;

// What the test wants of a call that sleeps on its fiber.
enum class Wish { look, interrupt, stop, finish };

class WorldCall final : public PendingCall {
 public:
  WorldCall(std::function<long(Backend&)> call, Backend& backend)
      : fiber_([this, call = std::move(call), &backend] { run(call, backend); }) {
    go(Wish::look);
  }
  ~WorldCall() override;

  bool blocked() override {
    go(Wish::look);
    return !fiber_.ended();
  }
  void interrupt(bool /*restart: no call is ever restarted (K117)*/) override {
    go(Wish::interrupt);
  }
  bool disturb(Disturbance what) override {
    // K118: an ignored signal changes nothing.
    if (what == Disturbance::stop_and_continue) go(Wish::stop);
    return true;
  }
  long finish() override {
    while (!fiber_.ended()) go(Wish::finish);
    if (thrown_ != nullptr) std::rethrow_exception(std::exchange(thrown_, nullptr));
    return result_;
  }

  // On the fiber: sleeps until `pending` returns.
  static long sleep_on(World::Pending pending);

 private:
  // An exception (a certain hang) belongs to whoever asks for the result.
  void run(const std::function<long(Backend&)>& call, Backend& backend) {
    try {
      result_ = call(backend);
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }
  void go(Wish wish) {
    wish_ = wish;
    current_ = this;
    fiber_.resume();
    current_ = nullptr;
  }

  static WorldCall* current_;
  Wish wish_ = Wish::look;
  long result_ = 0;
  std::exception_ptr thrown_;
  Fiber fiber_;
};

WorldCall* WorldCall::current_ = nullptr;

// A test that failed may leave its call asleep: a signal ends everything but io_destroy.
WorldCall::~WorldCall() {
  for (int tries = 0; tries < 8 && !fiber_.ended(); ++tries) go(Wish::interrupt);
}

long WorldCall::sleep_on(World::Pending pending) {
  while (pending.blocked()) {
    Fiber::yield();
    switch (current_->wish_) {
      case Wish::look:
        break;
      case Wish::interrupt:
        pending.interrupt();
        break;
      case Wish::stop:
        pending.stop_and_continue();
        break;
      case Wish::finish:
        return pending.finish();
    }
  }
  return pending.finish();
}

bool on_fiber() { return Fiber::current() != nullptr; }

class WorldFiles final : public Files {
 public:
  void use(World& world) { world_ = &world; }

  int create(std::size_t size, int flags) override { return world_->create_file("", size, flags); }
  int reopen(int fd, int flags) override { return world_->reopen(fd, flags); }
  int open(const char* path, int flags) override { return world_->open(path, flags); }
  int pipe(int ends[2], int flags) override { return world_->pipe(ends, flags); }
  int fifo(int flags) override { return world_->fifo(flags); }
  int socketpair(int type, int ends[2]) override { return world_->socketpair(type, ends); }
  int eventfd(unsigned initial, int flags) override { return world_->eventfd(initial, flags); }
  int timerfd() override { return world_->timerfd(); }
  int arm_timer(int fd, std::int64_t ns) override { return world_->arm_timer(fd, ns); }
  int signalfd(int signal) override {
    return world_->signalfd(std::uint64_t{1} << static_cast<unsigned>(signal - 1));
  }
  int epoll() override { return world_->epoll(); }
  int terminal(int* other_end) override { return world_->terminal(other_end); }
  int inotify() override { return world_->inotify(); }
  int memfd(int seals) override { return world_->memfd(seals); }
  int unconnected_socket(int type) override { return world_->unconnected_socket(type); }
  int dup(int fd) override { return world_->dup(fd); }
  int close(int fd) override { return world_->close(fd); }
  ssize_t read(int fd, void* buffer, std::size_t size) override {
    if (on_fiber()) return WorldCall::sleep_on(world_->begin_read(fd, buffer, size));
    return world_->read(fd, buffer, size);
  }
  ssize_t write(int fd, const void* buffer, std::size_t size) override {
    if (on_fiber()) return WorldCall::sleep_on(world_->begin_write(fd, buffer, size));
    return world_->write(fd, buffer, size);
  }
  ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) override {
    return world_->pread(fd, buffer, size, offset);
  }
  ssize_t pwrite(int fd, const void* buffer, std::size_t size, off_t offset) override {
    return world_->pwrite(fd, buffer, size, offset);
  }
  off_t size_of(int fd) override { return world_->size_of(fd); }
  off_t position(int fd) override { return world_->position(fd); }
  int shutdown(int fd, int how) override { return world_->shutdown(fd, how); }
  short poll(int fd, short events) override { return world_->poll(fd, events); }

 private:
  World* world_ = nullptr;
};

constexpr const char* kProfilePrefix = "emulator:";

aioemu::WorldOptions options_of(const std::string& name) {
  aioemu::WorldOptions options;
  if (name.rfind(kProfilePrefix, 0) == 0) options.profile = name.substr(9);
  options.memory = aioemu::MemoryAccess::guarded;
  options.rings = aioemu::RingMemory::mapped;
  return options;
}

Facts facts_of(const aioemu::WorldOptions& world) {
  const aioemu::core::KernelProfile profile = aioemu::core::profile_named(world.profile).value();
  Facts facts;
  facts.possible_cpus = world.possible_cpus;
  facts.page_size = profile.page_size;
  facts.rwf_known = profile.rwf_known;
  facts.direct_aligned = true;
  facts.direct_alignment = world.direct_alignment;
  facts.wakes_on_enough = profile.wake_rule == aioemu::core::WakeRule::enough_events;
  facts.clamps_single_segment = profile.single_segment_clamped;
  facts.ioprio_hints = profile.ioprio_hints;
  facts.realtime_io = world.realtime_io;
  facts.zero_device_nowait = profile.memory_devices_nowait;
  facts.ring_crosses_fork = profile.ring_crosses_fork;
  facts.tmpfs_direct = profile.tmpfs_direct;
  facts.timerfd_read_iter = profile.timerfd_read_iter;
  facts.threads = false;
  facts.real_signals = false;
  facts.kernel = "World " + world.profile;
  return facts;
}

class WorldBackend final : public Backend {
 public:
  explicit WorldBackend(std::string name)
      : name_(std::move(name)), options_(options_of(name_)), facts_(facts_of(options_)) {
    begin_test();
  }

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] const Facts& facts() const override { return facts_; }
  Files& files() override { return files_; }

  long io_setup(std::uint64_t nr_events, Context* context) override {
    // K8: a 32-bit argument in a 64-bit register.
    return world_->io_setup(static_cast<unsigned>(nr_events), context);
  }
  long io_destroy(Context context) override {
    if (on_fiber()) return WorldCall::sleep_on(world_->begin_destroy(context));
    return world_->io_destroy(context);
  }
  long io_submit(Context context, long nr, iocb** iocbs) override {
    if (on_fiber()) return WorldCall::sleep_on(world_->begin_submit(context, nr, iocbs));
    return world_->io_submit(context, nr, iocbs);
  }
  long io_getevents(Context context, long min_nr, long nr, io_event* events,
                    timespec* timeout) override {
    if (on_fiber()) {
      return WorldCall::sleep_on(world_->begin_getevents(context, min_nr, nr, events, timeout));
    }
    return world_->io_getevents(context, min_nr, nr, events, timeout);
  }
  long io_pgetevents(Context context, long min_nr, long nr, io_event* events, timespec* timeout,
                     const void* usig) override {
    if (on_fiber()) {
      return WorldCall::sleep_on(
          world_->begin_pgetevents(context, min_nr, nr, events, timeout, usig));
    }
    return world_->io_pgetevents(context, min_nr, nr, events, timeout, usig);
  }
  long io_cancel(Context context, iocb* request, io_event* result) override {
    return world_->io_cancel(context, request, result);
  }

  std::unique_ptr<PendingCall> start(std::function<long(Backend&)> call) override {
    return std::make_unique<WorldCall>(std::move(call), *this);
  }

  std::int64_t now_ns() override { return world_->now(); }
  void breathe() override { world_->advance(kBreathNs); }

  std::uint64_t aio_nr() override { return world_->aio_nr(); }
  std::uint64_t aio_max_nr() override { return world_->aio_max_nr(); }
  bool set_aio_max_nr(std::uint64_t value) override {
    world_->set_aio_max_nr(value);
    return true;
  }
  bool set_file_size_limit(std::uint64_t bytes) override {
    world_->set_file_size_limit(static_cast<std::int64_t>(bytes));
    return true;
  }

  void block_signal(int signal, bool block) override { world_->block_signal(signal, block); }
  void raise_signal(int signal) override { world_->raise_signal(signal); }
  int signals_handled(int signal) override { return world_->signals_handled(signal); }

  int in_fork(std::function<int(Backend&)> child) override;

  void begin_test() override {
    world_ = std::make_unique<World>(options_);
    files_.use(*world_);
  }
  bool end_test(std::string* /*why*/) override { return true; }

 private:
  std::string name_;
  aioemu::WorldOptions options_;
  Facts facts_;
  std::unique_ptr<World> world_;
  WorldFiles files_;
};

// A real fork: memory, and with it the rings, must be shared or copied as a kernel does it.
int WorldBackend::in_fork(std::function<int(Backend&)> child) {
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) {
    alarm(kForkPatienceSeconds);
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    world_->become_fork_child();
    _exit(child_status(child, *this));
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

bool is_world_profile(const std::string& profile) {
  return aioemu::core::profile_named(profile).has_value();
}

std::vector<std::string> world_profiles() {
  std::vector<std::string> names;
  for (const aioemu::core::KernelProfile& profile : aioemu::core::profiles()) {
    names.emplace_back(profile.name);
  }
  return names;
}

std::unique_ptr<Backend> make_world_backend(const std::string& name) {
  return std::make_unique<WorldBackend>(name);
}

}  // namespace conformance
