#include "host/session.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "host/machine.h"
#include "host/syscalls.h"

namespace aioemu::host {
namespace {

// A file made here, or -1. `path` receives its name.
int make_file(std::string& path) {
  const char* from_environment = std::getenv("TMPDIR");
  const char* const directories[] = {"/dev/shm", from_environment, "/tmp"};
  for (const char* directory : directories) {
    if (directory == nullptr || *directory == '\0') continue;
    path = std::string(directory) + "/aioemu-session-XXXXXX";
    const int fd = mkostemp(path.data(), O_CLOEXEC);
    if (fd >= 0) return fd;
  }
  return -1;
}

// What the stat file of a process's first thread tells about the process.
struct ProcessStat {
  bool exists = false;
  bool ended = false;  // a zombie: its contexts are gone already
  std::uint64_t start_time = 0;
};

// Reads it without the C library's allocation: this may run inside io_setup. Not /proc/PID/stat:
// qemu-user shows a process another one there, with another start time than everybody else sees.
ProcessStat stat_of(std::int32_t pid) noexcept {
  char path[48];
  std::snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  char text[512];
  const ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return {};
  text[length] = '\0';
  // The name may contain anything, a parenthesis too: the fields start behind the last one.
  const char* field = std::strrchr(text, ')');
  if (field == nullptr || field[1] == '\0') return {};
  ProcessStat result{true, field[2] == 'Z' || field[2] == 'X', 0};
  for (int number = 2; number < 22 && field != nullptr; ++number) {
    field = std::strchr(field + 1, ' ');
  }
  if (field != nullptr) result.start_time = std::strtoull(field + 1, nullptr, 10);
  return result;
}

bool is_gone(const ProcessRecord& record) noexcept {
  const std::int32_t pid = record.pid.load(std::memory_order_relaxed);
  if (kill(pid, 0) != 0 && errno == ESRCH) return true;
  const ProcessStat stat = stat_of(pid);
  return stat.exists && (stat.ended || stat.start_time != Counters::value(record.start_time));
}

void copy_name(ProcessRecord& record) noexcept {
  const char* name = program_invocation_short_name;
  for (std::size_t i = 0; i + 1 < record.name.size() && name[i] != '\0'; ++i) {
    record.name[i].store(name[i], std::memory_order_relaxed);
  }
}

// Keeps errno as the program had it: none of this is the program's doing.
class ErrnoKeeper {
 public:
  ErrnoKeeper() noexcept : saved_(errno) {}
  ~ErrnoKeeper() { errno = saved_; }
  ErrnoKeeper(const ErrnoKeeper&) = delete;
  ErrnoKeeper& operator=(const ErrnoKeeper&) = delete;

 private:
  int saved_;
};

}  // namespace

Session::~Session() {
  if (layout_ != nullptr) munmap(layout_, sizeof(SessionLayout));
}

Result<std::string> Session::create(const SessionSettings& settings) {
  if (settings.rules.size() > kMaxRules) return Errno{EINVAL};
  std::string path;
  const int fd = make_file(path);
  if (fd < 0) return Errno{errno};
  const bool mapped = ftruncate(fd, sizeof(SessionLayout)) == 0 && map(fd);
  const int error = errno;
  close(fd);
  if (!mapped) {
    unlink(path.c_str());
    return Errno{error};
  }
  fill(settings);
  return path;
}

bool Session::attach(const char* path) noexcept {
  const ErrnoKeeper keeper;
  const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return false;
  struct stat file {};
  const bool mapped = fstat(fd, &file) == 0 && S_ISREG(file.st_mode) &&
                      file.st_size == static_cast<off_t>(sizeof(SessionLayout)) && map(fd);
  close(fd);
  if (!mapped) return false;
  if (layout_->magic != kSessionMagic || layout_->version != kSessionVersion ||
      layout_->bytes != sizeof(SessionLayout) || layout_->index.count() > kMaxRules) {
    munmap(layout_, sizeof(SessionLayout));
    layout_ = nullptr;
    return false;
  }
  make_injector();
  return true;
}

bool Session::create_private(const SessionSettings& settings) noexcept {
  const ErrnoKeeper keeper;
  if (settings.rules.size() > kMaxRules || !map(-1)) return false;
  fill(settings);
  return true;
}

bool Session::map(int fd) noexcept {
  // Most of it is never touched.
  const int flags = MAP_SHARED | MAP_NORESERVE | (fd < 0 ? MAP_ANONYMOUS : 0);
  void* memory = mmap(nullptr, sizeof(SessionLayout), PROT_READ | PROT_WRITE, flags, fd, 0);
  if (memory == MAP_FAILED) return false;
  layout_ = static_cast<SessionLayout*>(memory);
  return true;
}

void Session::fill(const SessionSettings& settings) noexcept {
  layout_->version = kSessionVersion;
  layout_->bytes = sizeof(SessionLayout);
  layout_->seed = settings.seed;
  layout_->aio_max_nr = settings.aio_max_nr;
  layout_->order = settings.order;
  layout_->sector = static_cast<std::uint32_t>(settings.sector);
  layout_->traced = settings.trace ? 1 : 0;
  layout_->oracles = settings.oracles;
  for (const fault::CompiledRule& rule : settings.rules) add_rule(rule);
  if (settings.open) layout_->index.keep_open();
  layout_->magic = kSessionMagic;
  make_injector();
}

void Session::make_injector() noexcept {
  injector_ = fault::Injector(layout_->rules, layout_->states, layout_->seed, layout_->index);
}

std::uint64_t Session::now() const noexcept {
  const std::uint64_t began = Counters::value(layout_->began);
  const std::uint64_t now = monotonic_ns();
  return began == 0 || now < began ? 0 : now - began;
}

std::optional<std::size_t> Session::add_rule(const fault::CompiledRule& rule) noexcept {
  const std::size_t number = layout_->index.count();
  if (number >= kMaxRules) return std::nullopt;
  layout_->rules[number] = rule;
  layout_->index.add(number, rule.body);
  return number;
}

void Session::note_loaded() noexcept {
  const ErrnoKeeper keeper;
  Counters::add(layout_->loaded);
  const std::int32_t pid = getpid();
  for (ProcessRecord& record : records()) {
    if (record.pid.load(std::memory_order_relaxed) == pid) end(record);
  }
}

Seat Session::take_seat() noexcept {
  const ErrnoKeeper keeper;
  const std::uint64_t ordinal = layout_->processes.fetch_add(1, std::memory_order_relaxed);
  const bool own = ordinal < kMaxProcesses;
  record_ = &layout_->records[own ? ordinal : kMaxProcesses - 1];
  owner_ = getpid();
  if (own) {
    record_->pid.store(owner_, std::memory_order_relaxed);
    record_->start_time.store(stat_of(owner_).start_time, std::memory_order_relaxed);
    copy_name(*record_);
    record_->state.store(RecordState::live, std::memory_order_release);
  }
  observe::Observer* const observer = look_on(ordinal);
  return {this,           &injector_,    &record_->counters, ordinal, observer, &layout_->began,
          layout_->order, layout_->seed, layout_->sector};
}

// The observers that this session asks for: the oracles, the trace, or both.
observe::Observer* Session::look_on(std::uint64_t ordinal) noexcept {
  tap_ = TraceTap(layout_->trace, layout_->files);
  observe::Observer* const trace = layout_->traced != 0 ? &tap_ : nullptr;
  if (layout_->oracles.none() || ordinal >= kMaxWatched) return trace;
  WatchRecord& watch = layout_->watches[ordinal];
  list_modules(watch.modules);
  oracles_ = observe::Oracles(watch.board, layout_->oracles);
  if (trace == nullptr) return &oracles_;
  both_ = observe::Fan(&oracles_, trace);
  return &both_;
}

bool Session::is_owner() const noexcept { return owner_ == getpid(); }

std::span<ProcessRecord> Session::records() const noexcept {
  if (layout_ == nullptr) return {};
  const std::uint64_t taken = Counters::value(layout_->processes);
  return std::span(layout_->records).first(std::min<std::size_t>(taken, kMaxProcesses));
}

void Session::end(ProcessRecord& record) noexcept {
  RecordState expected = RecordState::live;
  if (!record.state.compare_exchange_strong(expected, RecordState::ended)) return;
  Counters::subtract(layout_->aio_nr, record.charged.exchange(0));
}

void Session::uncharge_the_dead() noexcept {
  const ErrnoKeeper keeper;
  for (ProcessRecord& record : records()) {
    const bool live = record.state.load(std::memory_order_acquire) == RecordState::live;
    if (live && &record != record_ && is_gone(record)) end(record);
  }
}

std::uint64_t Session::aio_max_nr() noexcept { return layout_->aio_max_nr; }

bool Session::try_charge(std::uint64_t nr) noexcept {
  std::uint64_t before = Counters::value(layout_->aio_nr);
  do {
    if (nr > layout_->aio_max_nr || before > layout_->aio_max_nr - nr) return false;
  } while (!layout_->aio_nr.compare_exchange_weak(before, before + nr, std::memory_order_relaxed));
  return true;
}

// K14: inclusive, for root too; a process that is gone has given its share back.
bool Session::charge(std::uint64_t nr) noexcept {
  if (!try_charge(nr)) {
    uncharge_the_dead();
    if (!try_charge(nr)) return false;
  }
  Counters::add(record_->charged, nr);
  return true;
}

void Session::uncharge(std::uint64_t nr) noexcept {
  Counters::subtract(record_->charged, nr);
  Counters::subtract(layout_->aio_nr, nr);
}

bool Session::may_use_realtime_io() noexcept { return host::may_use_realtime_io(); }

}  // namespace aioemu::host
