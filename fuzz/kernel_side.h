// The kernel's side of a comparison: its files for the scene, and whether it can be used at all.
#pragma once

#include <sys/resource.h>

#include <cstdint>

#include "conformance/backends/kernel_files.h"
#include "fuzz/scene.h"

namespace aioemu::fuzz {

// The kernel's files. Regular ones live, without a name, in the scratch directory (real/probe.h).
class KernelSceneFiles final : public SceneFiles {
 public:
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
  conformance::KernelFiles files_;
};

// Makes /dev/shm the scratch directory: syncs of a disk would be all that a run does, and what a
// disk's file system answers about a file's holes is another matter. Skips as below where that is
// no tmpfs.
void use_tmpfs_scratch(const char* target);

// A World like this machine: its kernel's version, its CPUs, files on a tmpfs, and memory that is
// guarded.
WorldOptions world_like_this_machine();

// Ends the process with status 77 and one line that says why, where the kernel has no AIO (or the
// sandbox lets none through, or the quota is used up). For LLVMFuzzerInitialize.
void skip_without_kernel_aio(const char* target);

// RLIMIT_FSIZE while it lives. Short-lived: the fuzzer has files of its own to write.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uint64_t bytes);
  ~FileSizeLimit();
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace aioemu::fuzz
