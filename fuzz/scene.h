// The files that fuzz targets submit requests for: one of every kind, the same ones in the same
// order in a World and on the kernel. None of them ever sleeps in a transfer.
//
// A scene is kept from input to input and put back as it was in between, which is much cheaper than
// opening it anew.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "aioemu/world.h"

namespace aioemu::fuzz {

// The verbs that a scene is made with; results as the system calls', -errno on failure.
class SceneFiles {
 public:
  virtual ~SceneFiles() = default;
  // A file of `size` zero bytes. `name` is unique in the scene.
  virtual int create(const char* name, std::size_t size, int flags) = 0;
  virtual int open(const char* path, int flags) = 0;
  virtual int pipe(int ends[2]) = 0;
  virtual int fifo() = 0;
  virtual int socketpair(int type, int ends[2]) = 0;
  virtual int unconnected_socket() = 0;
  virtual int eventfd(bool semaphore) = 0;
  virtual int timerfd() = 0;
  virtual int signalfd() = 0;
  virtual int sealed_memfd() = 0;
  virtual int epoll() = 0;
  virtual int inotify() = 0;
  virtual int close(int fd) = 0;
  virtual ssize_t read(int fd, void* buffer, std::size_t size) = 0;
  virtual off_t size_of(int fd) = 0;
  // The file back to `size` zero bytes.
  virtual void reset(const char* name, int fd, std::size_t size) = 0;
};

class Scene {
 public:
  // Files of the scene, one bit each.
  using Set = std::uint64_t;

  // `files` must outlive the scene.
  explicit Scene(SceneFiles& files);

  [[nodiscard]] std::int32_t pick(std::uint32_t number) const { return fds_[number % fds_.size()]; }
  [[nodiscard]] Set bit(std::uint32_t number) const { return Set{1} << (number % fds_.size()); }
  // The same, with an eventfd of its own in place of those that requests can read or poll: what
  // signals it later than io_submit returns must not race with them.
  [[nodiscard]] std::int32_t pick_quiet(std::uint32_t number) const;

  // What requests have left behind, the same on every side: sizes of files, counts of eventfds.
  // Reading an eventfd empties it.
  [[nodiscard]] std::vector<std::int64_t> traces();
  // What of `changed` may have changed goes back to the beginning: files of zeroes, streams empty,
  // counters 0.
  void restore(Set changed);

 private:
  struct Regular {
    const char* name;
    int fd;
    std::size_t size;
    Set when;
  };
  struct Drained {
    int fd;
    Set when;
  };
  [[nodiscard]] Set next() const { return Set{1} << fds_.size(); }
  void add(int fd) { fds_.push_back(fd); }
  void add_file(const char* name, std::size_t size, int flags);
  void add_pair(const int ends[2], bool both_ways);
  void add_streams();
  void add_counter(bool semaphore);
  void add_others();
  void drain(int fd);

  SceneFiles& files_;
  std::vector<std::int32_t> fds_;
  std::vector<Regular> regular_;
  std::vector<Drained> streams_;
  std::vector<int> counters_;
  int quiet_ = -1;
};

// A World's files. The World must outlive it.
class WorldSceneFiles final : public SceneFiles {
 public:
  explicit WorldSceneFiles(World& world) : world_(world) {}
  int create(const char* name, std::size_t size, int flags) override;
  int open(const char* path, int flags) override;
  int pipe(int ends[2]) override;
  int fifo() override;
  int socketpair(int type, int ends[2]) override;
  int unconnected_socket() override;
  int eventfd(bool semaphore) override;
  int timerfd() override;
  int signalfd() override;
  int sealed_memfd() override;
  int epoll() override;
  int inotify() override;
  int close(int fd) override;
  ssize_t read(int fd, void* buffer, std::size_t size) override;
  off_t size_of(int fd) override;
  void reset(const char* name, int fd, std::size_t size) override;

 private:
  World& world_;
};

}  // namespace aioemu::fuzz
