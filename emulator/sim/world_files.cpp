// World's descriptors.

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <span>

#include "aioemu/world.h"
#include "sim/engine.h"
#include "sim/sim_device.h"
#include "sim/sim_eventfd.h"
#include "sim/sim_pipe.h"
#include "sim/sim_socket.h"
#include "sim/sim_terminal.h"

namespace aioemu {

using sim::Engine;
using sim::File;

namespace {

constexpr short kBadDescriptor = 0x20;  // POLLNVAL
constexpr std::int64_t kUnlimited = INT64_MAX;

// What open's flags say about a description.
void apply_flags(File& file, int flags) {
  const int access = flags & O_ACCMODE;
  file.facts.readable = access != O_WRONLY;
  file.facts.writable = access != O_RDONLY;
  file.facts.append = (flags & O_APPEND) != 0;
  file.nonblocking = (flags & O_NONBLOCK) != 0;
  file.path_only = (flags & O_PATH) != 0;
}

int insert(Engine& engine, File* file) { return engine.files().insert(file); }

int open_inode(Engine& engine, const std::shared_ptr<sim::Inode>& inode, int flags,
               std::string_view name = {}) {
  // D5. A file that this call has made is there all the same, as on a kernel.
  const bool no_direct = inode->file_system == FileSystem::tmpfs && !engine.profile().tmpfs_direct;
  if (no_direct && (flags & O_DIRECT) != 0) return -EINVAL;
  auto* file = new sim::MemoryFile(inode, engine.volume());
  apply_flags(*file, flags);
  file->direct = (flags & O_DIRECT) != 0;
  file->durable = (flags & O_DSYNC) != 0;  // O_SYNC has this bit too
  const bool truncates = (flags & O_TRUNC) != 0 && file->facts.writable && !inode->block_device;
  if (truncates) inode->disk.truncate();
  engine.name(*file, name);
  return insert(engine, file);
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Files that exist on every Linux; null for others.
File* make_system_file(Engine& engine, std::string_view path) {
  using core::FileKind;
  if (path == "/dev/null") return new sim::NullDevice();
  if (path == "/dev/zero") return new sim::ZeroDevice(false);
  if (path == "/dev/full") return new sim::ZeroDevice(true);
  if (path == "/dev/urandom" || path == "/dev/random") {
    return new sim::RandomDevice(engine.options().seed);
  }
  if (path == "." || path == ".." || path == "/" || path == "/tmp" || path == "/proc" ||
      path == "/dev") {
    return new sim::OtherFile(FileKind::directory);
  }
  if (path == "/proc/version") return new sim::TextFile("Linux version 6.18 (World)\n");
  if (starts_with(path, "/proc/sys/") || starts_with(path, "/sys/")) {
    return new sim::TextFile("1\n");
  }
  if (starts_with(path, "/proc/self/")) return new sim::OtherFile(FileKind::proc_sequence);
  return nullptr;
}

bool is_seekable(const File& file) {
  switch (file.facts.kind) {
    case core::FileKind::regular:
    case core::FileKind::block_device:
    case core::FileKind::directory:
    case core::FileKind::null_device:
    case core::FileKind::zero_device:
    case core::FileKind::full_device:
    case core::FileKind::other_device:
    case core::FileKind::proc_sequence:
      return true;
    default:
      return false;
  }
}

// EBADF when `fd` is no descriptor that may be used that way; the file otherwise.
Result<File*> usable(Engine& engine, int fd, bool reading) {
  File* const file = engine.files().at(fd);
  if (file == nullptr || file->path_only) return Errno{EBADF};
  if (!(reading ? file->facts.readable : file->facts.writable)) return Errno{EBADF};
  if (file->facts.kind == core::FileKind::directory) return Errno{EISDIR};
  return file;
}

void begin_plain(Engine& engine, sim::TransferCall& call, File& file, bool reading,
                 const void* buffer, std::size_t size, std::int64_t offset, int fd) {
  call.fd = fd;
  call.segment = {reinterpret_cast<std::uint64_t>(buffer), std::uint64_t{size}};
  call.transfer.file = &file;
  call.transfer.reading = reading;
  sim::Transfer& transfer = call.transfer.transfer.emplace(
      engine.memory(), std::span<const abi::Segment>(&call.segment, 1),
      std::min<std::uint64_t>(size, abi::kMaxTransfer), offset);
  transfer.nonblocking = file.nonblocking;
  transfer.append = !reading && file.facts.append;
  transfer.positioned = false;
  engine.transfer(call);
}

// read and write at the file's position.
ssize_t transfer_at_position(Engine& engine, int fd, bool reading, const void* buffer,
                             std::size_t size) {
  engine.enter();
  const Result<File*> found = usable(engine, fd, reading);
  if (!found.ok()) return negative(found.error());
  File& file = *found.value();
  sim::TransferCall call;
  begin_plain(engine, call, file, reading, buffer, size, file.position, fd);
  engine.leave();
  if (!call.over) engine.run(call);
  if (call.result > 0 && is_seekable(file)) {
    const bool appended = !reading && file.facts.append;
    file.position = appended ? file.size() : file.position + call.result;
  }
  return call.result;
}

ssize_t transfer_at(Engine& engine, int fd, bool reading, const void* buffer, std::size_t size,
                    off_t offset) {
  engine.enter();
  const Result<File*> found = usable(engine, fd, reading);
  if (!found.ok()) return negative(found.error());
  if (!is_seekable(*found.value())) return -ESPIPE;
  if (offset < 0) return -EINVAL;
  sim::TransferCall call;
  begin_plain(engine, call, *found.value(), reading, buffer, size, offset, fd);
  engine.leave();
  if (!call.over) engine.run(call);
  return call.result;
}

}  // namespace

// ---- opening ----

int World::create_file(std::string_view name, std::size_t size, int flags) {
  engine_->enter();
  const auto inode = engine_->make_inode(size, &engine_->volume().space);
  inode->file_system = engine_->options().file_system;
  if (!name.empty()) engine_->names()[std::string(name)] = inode;
  return open_inode(*engine_, inode, flags, name);
}

int World::create_block_device(std::size_t size, int flags) {
  engine_->enter();
  const auto inode = engine_->make_inode(size, nullptr);
  inode->block_device = true;
  return open_inode(*engine_, inode, flags);
}

int World::create_device(DeviceKind kind, int flags) {
  engine_->enter();
  auto* device = new sim::ScriptedDevice(kind == DeviceKind::disk ? core::FileKind::block_device
                                                                  : core::FileKind::other_device);
  apply_flags(*device, flags);
  return insert(*engine_, device);
}

int World::device_answers(int fd, long result) {
  engine_->enter();
  auto* const device = dynamic_cast<sim::ScriptedDevice*>(engine_->files().at(fd));
  if (device == nullptr) return -ENOTTY;
  device->answer_next(result);
  return 0;
}

int World::open(const char* path, int flags) {
  engine_->enter();
  const auto named = engine_->names().find(std::string_view(path));
  const bool exclusive = (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0;
  if (named != engine_->names().end()) {
    return exclusive ? -EEXIST : open_inode(*engine_, named->second, flags, path);
  }
  File* const file = make_system_file(*engine_, path);
  if (file == nullptr) return (flags & O_CREAT) != 0 ? create_file(path, 0, flags) : -ENOENT;
  apply_flags(*file, flags);
  engine_->name(*file, path);
  return insert(*engine_, file);
}

int World::reopen(int fd, int flags) {
  engine_->enter();
  File* const file = engine_->files().at(fd);
  if (file == nullptr) return -EBADF;
  if (auto* const memory_file = dynamic_cast<sim::MemoryFile*>(file)) {
    const int opened = open_inode(*engine_, memory_file->inode(), flags);
    if (opened >= 0) engine_->files().at(opened)->view = file->view;
    return opened;
  }
  return -EINVAL;
}

int World::pipe(int ends[2], int flags) {
  engine_->enter();
  auto shared = std::make_shared<sim::Pipe>();
  const bool nonblocking = (flags & O_NONBLOCK) != 0;
  auto* const reader = new sim::PipeEnd(shared, true, false, *engine_);
  auto* const writer = new sim::PipeEnd(shared, false, true, *engine_);
  reader->nonblocking = nonblocking;
  writer->nonblocking = nonblocking;
  ends[0] = insert(*engine_, reader);
  ends[1] = insert(*engine_, writer);
  return 0;
}

int World::fifo(int flags) {
  engine_->enter();
  auto* const both = new sim::PipeEnd(std::make_shared<sim::Pipe>(), true, true, *engine_);
  both->nonblocking = (flags & O_NONBLOCK) != 0;
  return insert(*engine_, both);
}

int World::socketpair(int type, int ends[2]) {
  engine_->enter();
  const int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (kind != SOCK_STREAM && kind != SOCK_DGRAM) return -EPROTONOSUPPORT;
  auto* const one = new sim::SocketEnd(kind == SOCK_DGRAM, *engine_);
  auto* const other = new sim::SocketEnd(kind == SOCK_DGRAM, *engine_);
  sim::SocketEnd::connect(*one, *other);
  one->nonblocking = (type & SOCK_NONBLOCK) != 0;
  other->nonblocking = one->nonblocking;
  ends[0] = insert(*engine_, one);
  ends[1] = insert(*engine_, other);
  return 0;
}

int World::unconnected_socket(int type) {
  engine_->enter();
  const int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (kind != SOCK_STREAM && kind != SOCK_DGRAM) return -EPROTONOSUPPORT;
  auto* const socket = new sim::SocketEnd(kind == SOCK_DGRAM, *engine_);
  socket->nonblocking = (type & SOCK_NONBLOCK) != 0;
  return insert(*engine_, socket);
}

int World::eventfd(unsigned initial, int flags) {
  engine_->enter();
  auto* const file = new sim::EventFd(initial, (flags & EFD_SEMAPHORE) != 0, *engine_);
  file->nonblocking = (flags & EFD_NONBLOCK) != 0;
  return insert(*engine_, file);
}

int World::timerfd(int flags) {
  engine_->enter();
  auto* const file = new sim::TimerFd(engine_->clock(), *engine_);
  file->nonblocking = (flags & TFD_NONBLOCK) != 0;
  return insert(*engine_, file);
}

int World::arm_timer(int fd, std::int64_t ns) {
  engine_->enter();
  File* const file = engine_->files().at(fd);
  if (file == nullptr) return -EBADF;
  auto* const timer = dynamic_cast<sim::TimerFd*>(file);
  if (timer == nullptr || ns < 0) return -EINVAL;
  timer->arm(ns);
  return 0;
}

int World::signalfd(std::uint64_t mask, int flags) {
  engine_->enter();
  auto* const file = new sim::SignalFd(engine_->signals(), mask);
  file->nonblocking = (flags & O_NONBLOCK) != 0;
  return insert(*engine_, file);
}

int World::epoll() {
  engine_->enter();
  return insert(*engine_, new sim::OtherFile(core::FileKind::epoll));
}

int World::inotify() {
  engine_->enter();
  auto* const file = new sim::OtherFile(core::FileKind::inotify);
  file->facts.writable = false;
  return insert(*engine_, file);
}

int World::pidfd() {
  engine_->enter();
  return insert(*engine_, new sim::OtherFile(core::FileKind::pidfd));
}

int World::terminal(int* other_end) {
  engine_->enter();
  auto* const user = new sim::TerminalEnd(true, *engine_);
  auto* const master = new sim::TerminalEnd(false, *engine_);
  sim::TerminalEnd::connect(*user, *master);
  *other_end = insert(*engine_, master);
  return insert(*engine_, user);
}

int World::memfd(int seals) {
  engine_->enter();
  const auto inode = engine_->make_inode(0, nullptr);
  inode->file_system = FileSystem::tmpfs;
  inode->anonymous = true;
  inode->seals = seals;
  return open_inode(*engine_, inode, O_RDWR);
}

int World::dup(int fd) {
  engine_->enter();
  return engine_->files().dup(fd);
}

int World::close(int fd) {
  engine_->enter();
  const int result = engine_->files().close(fd);
  engine_->leave();
  return result;
}

// ---- using ----

ssize_t World::read(int fd, void* buffer, std::size_t size) {
  return transfer_at_position(*engine_, fd, true, buffer, size);
}

ssize_t World::write(int fd, const void* buffer, std::size_t size) {
  return transfer_at_position(*engine_, fd, false, buffer, size);
}

ssize_t World::pread(int fd, void* buffer, std::size_t size, off_t offset) {
  return transfer_at(*engine_, fd, true, buffer, size, offset);
}

ssize_t World::pwrite(int fd, const void* buffer, std::size_t size, off_t offset) {
  return transfer_at(*engine_, fd, false, buffer, size, offset);
}

World::Pending World::begin_read(int fd, void* buffer, std::size_t size) {
  return begin_transfer(fd, true, buffer, size);
}

World::Pending World::begin_write(int fd, const void* buffer, std::size_t size) {
  return begin_transfer(fd, false, buffer, size);
}

World::Pending World::begin_transfer(int fd, bool reading, const void* buffer, std::size_t size) {
  engine_->enter();
  auto& call = engine_->adopt<sim::TransferCall>(engine_->new_thread());
  const Result<File*> found = usable(*engine_, fd, reading);
  if (found.ok()) {
    File& file = *found.value();
    begin_plain(*engine_, call, file, reading, buffer, size, file.position, fd);
    engine_->leave();
  } else {
    call.over = true;
    call.result = negative(found.error());
  }
  return {*engine_, call};
}

int World::fsync(int fd) {
  engine_->enter();
  File* const file = engine_->files().at(fd);
  if (file == nullptr || file->path_only) return -EBADF;
  const long result = engine_->sync(*file, fd);
  engine_->leave();
  return static_cast<int>(result);
}

int World::shutdown(int fd, int how) {
  engine_->enter();
  File* const file = engine_->files().at(fd);
  const long result = file == nullptr || file->path_only ? -EBADF : file->shutdown(how);
  engine_->leave();
  return static_cast<int>(result);
}

short World::poll(int fd, short events) {
  engine_->enter();
  const File* const file = engine_->files().at(fd);
  if (file == nullptr) return kBadDescriptor;
  const std::uint32_t wanted = static_cast<std::uint16_t>(events) | abi::kPollErr | abi::kPollHup;
  return static_cast<short>(file->readiness() & wanted);
}

off_t World::size_of(int fd) {
  engine_->enter();
  const File* const file = engine_->files().at(fd);
  return file == nullptr ? -EBADF : file->size();
}

off_t World::position(int fd) {
  engine_->enter();
  const File* const file = engine_->files().at(fd);
  if (file == nullptr) return -EBADF;
  return is_seekable(*file) ? file->position : -ESPIPE;
}

void World::set_file_size_limit(std::int64_t bytes) {
  engine_->enter();
  engine_->volume().file_size = bytes < 0 ? kUnlimited : bytes;
}

}  // namespace aioemu
