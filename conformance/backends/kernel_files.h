// Files on the kernel this process runs on: every verb is the system call of that name.
#pragma once

#include <set>
#include <string>

#include "conformance/backend.h"

namespace conformance {

// Regular files and FIFOs live, without a name, in the scratch directory (real/probe.h).
class KernelFiles final : public Files {
 public:
  ~KernelFiles() override;
  // Closes what a test left open.
  void close_all();

  int create(std::size_t size, int flags) override;
  int reopen(int fd, int flags) override;
  int open(const char* path, int flags) override;
  int pipe(int ends[2], int flags) override;
  int fifo(int flags) override;
  int socketpair(int type, int ends[2]) override;
  int eventfd(unsigned initial, int flags) override;
  int timerfd() override;
  int arm_timer(int fd, std::int64_t ns) override;
  int signalfd(int signal) override;
  int epoll() override;
  int terminal(int* other_end) override;
  int inotify() override;
  int memfd(int seals) override;
  int unconnected_socket(int type) override;
  int dup(int fd) override;
  int close(int fd) override;
  ssize_t read(int fd, void* buffer, std::size_t size) override;
  ssize_t write(int fd, const void* buffer, std::size_t size) override;
  ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) override;
  ssize_t pwrite(int fd, const void* buffer, std::size_t size, off_t offset) override;
  off_t size_of(int fd) override;
  off_t position(int fd) override;
  int shutdown(int fd, int how) override;
  short poll(int fd, short events) override;

 private:
  // Remembers the descriptor; -errno when there is none.
  int keep(int fd);
  std::set<int> open_;
};

}  // namespace conformance
