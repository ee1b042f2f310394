#include "fuzz/scene.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace aioemu::fuzz {
namespace {

constexpr std::size_t kFileSize = 10000;

}  // namespace

// The order is part of every corpus: new kinds go to the end.
Scene::Scene(SceneFiles& files) : files_(files) {
  add_file("rw", kFileSize, O_RDWR);
  add(files_.create("ro", kFileSize, O_RDONLY));
  add_file("direct", kFileSize, O_RDWR | O_DIRECT);
  add_file("append", 100, O_WRONLY | O_APPEND);
  add_streams();
  add_counter(false);
  for (const char* path : {"/dev/null", "/dev/zero", "/dev/full"}) add(files_.open(path, O_RDWR));
  add(files_.open(".", O_RDONLY));
  add(files_.epoll());
  add(-1);
  add_others();
  quiet_ = files_.eventfd(false);
  counters_.push_back(quiet_);
}

void Scene::add_file(const char* name, std::size_t size, int flags) {
  const int fd = files_.create(name, size, flags);
  regular_.push_back({name, fd, size, next()});
  add(fd);
}

// What is written to either end is read from the other; a pipe has one direction.
void Scene::add_pair(const int ends[2], bool both_ways) {
  const Set first = next();
  streams_.push_back({ends[0], first << 1U});
  if (both_ways) streams_.push_back({ends[1], first});
  add(ends[0]);
  add(ends[1]);
}

void Scene::add_streams() {
  int ends[2] = {-1, -1};
  AIOEMU_CHECK(files_.pipe(ends) == 0);
  add_pair(ends, false);
  AIOEMU_CHECK(files_.socketpair(SOCK_STREAM, ends) == 0);
  add_pair(ends, true);
}

void Scene::add_counter(bool semaphore) {
  const int counter = files_.eventfd(semaphore);
  counters_.push_back(counter);
  add(counter);
}

void Scene::add_others() {
  add(files_.timerfd());
  add(files_.signalfd());
  add(files_.sealed_memfd());
  add(files_.inotify());
  add(files_.open("/proc/self/stat", O_RDONLY));
  add(files_.open(".", O_PATH));
  add(files_.unconnected_socket());
  int ends[2] = {-1, -1};
  AIOEMU_CHECK(files_.socketpair(SOCK_DGRAM, ends) == 0);
  add_pair(ends, true);
  const int fifo = files_.fifo();
  streams_.push_back({fifo, next()});
  add(fifo);
  AIOEMU_CHECK(files_.pipe(ends) == 0);
  files_.close(ends[1]);
  add(ends[0]);  // at its end
  AIOEMU_CHECK(files_.pipe(ends) == 0);
  files_.close(ends[0]);
  add(ends[1]);  // without a reader
  add_counter(true);
}

std::int32_t Scene::pick_quiet(std::uint32_t number) const {
  const std::int32_t fd = pick(number);
  const bool counter = std::find(counters_.begin(), counters_.end(), fd) != counters_.end();
  return counter ? quiet_ : fd;
}

std::vector<std::int64_t> Scene::traces() {
  std::vector<std::int64_t> traces;
  for (const Regular& file : regular_) traces.push_back(files_.size_of(file.fd));
  for (const int counter : counters_) {
    std::int64_t count = 0;
    const ssize_t result = files_.read(counter, &count, sizeof count);
    traces.push_back(result < 0 ? result : count);
  }
  return traces;
}

void Scene::drain(int fd) {
  std::array<char, 65536> bytes;
  while (files_.read(fd, bytes.data(), bytes.size()) >= 0) {
  }
}

void Scene::restore(Set changed) {
  if (changed == 0) return;
  for (const Regular& file : regular_) {
    if ((file.when & changed) != 0) files_.reset(file.name, file.fd, file.size);
  }
  for (const Drained& stream : streams_) {
    if ((stream.when & changed) != 0) drain(stream.fd);
  }
  for (const int counter : counters_) drain(counter);
}

int WorldSceneFiles::create(const char* name, std::size_t size, int flags) {
  return world_.create_file(name, size, flags);
}
int WorldSceneFiles::open(const char* path, int flags) { return world_.open(path, flags); }
int WorldSceneFiles::pipe(int ends[2]) { return world_.pipe(ends, O_NONBLOCK); }
int WorldSceneFiles::fifo() { return world_.fifo(O_NONBLOCK); }
int WorldSceneFiles::socketpair(int type, int ends[2]) {
  return world_.socketpair(type | SOCK_NONBLOCK, ends);
}
int WorldSceneFiles::unconnected_socket() {
  return world_.unconnected_socket(SOCK_STREAM | SOCK_NONBLOCK);
}
int WorldSceneFiles::eventfd(bool semaphore) {
  return world_.eventfd(0, EFD_NONBLOCK | (semaphore ? EFD_SEMAPHORE : 0));
}
int WorldSceneFiles::timerfd() { return world_.timerfd(TFD_NONBLOCK); }
int WorldSceneFiles::signalfd() {
  return world_.signalfd(std::uint64_t{1} << static_cast<unsigned>(SIGUSR1 - 1), O_NONBLOCK);
}
int WorldSceneFiles::sealed_memfd() { return world_.memfd(F_SEAL_WRITE); }
int WorldSceneFiles::epoll() { return world_.epoll(); }
int WorldSceneFiles::inotify() { return world_.inotify(); }
int WorldSceneFiles::close(int fd) { return world_.close(fd); }
ssize_t WorldSceneFiles::read(int fd, void* buffer, std::size_t size) {
  return world_.read(fd, buffer, size);
}
off_t WorldSceneFiles::size_of(int fd) { return world_.size_of(fd); }

void WorldSceneFiles::reset(const char* name, int fd, std::size_t size) {
  static_cast<void>(fd);
  const int fresh = world_.open(name, O_RDWR | O_TRUNC);
  AIOEMU_CHECK(fresh >= 0);
  const char zero = 0;
  AIOEMU_CHECK(world_.pwrite(fresh, &zero, 1, static_cast<off_t>(size) - 1) == 1);
  world_.close(fresh);
}

}  // namespace aioemu::fuzz
