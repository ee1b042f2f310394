// FileTable: the simulated descriptors, and the core's port to them.
//
// Numbers begin at 0x40000000, so that a stray real system call on one gets EBADF. The lowest free
// number is given out, as a kernel does. Finding a file is one index.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ports.h"
#include "sim/file.h"

namespace aioemu::sim {

class FileTable final : public core::FileTable {
 public:
  static constexpr std::int32_t kBase = 0x40000000;

  FileTable() = default;
  ~FileTable();
  FileTable(const FileTable&) = delete;
  FileTable& operator=(const FileTable&) = delete;

  // A descriptor for `file`, which now belongs to the table.
  int insert(File* file);
  int dup(int fd);
  int close(int fd);
  // The open file, O_PATH ones included, or null.
  [[nodiscard]] File* at(int fd) const noexcept {
    const auto index = static_cast<std::uint32_t>(fd) - static_cast<std::uint32_t>(kBase);
    return index < slots_.size() ? slots_[index] : nullptr;
  }
  // Every open descriptor's file, lowest first; null where there is none.
  [[nodiscard]] const std::vector<File*>& slots() const noexcept { return slots_; }
  void hold(File& file) noexcept { ++file.references_; }
  // Deletes the file with its last reference.
  void release(File& file) noexcept;

  // The port.
  Result<core::FileFacts> find(std::int32_t fd) noexcept override;
  Result<core::FileRef> find_eventfd(std::int32_t fd) noexcept override;
  std::uint32_t readiness(core::FileRef file) noexcept override {
    return file_of(file).readiness();
  }
  core::PollQueue& poll_queue(core::FileRef file) noexcept override { return file_of(file).polls; }
  void drop_eventfd(core::FileRef eventfd) noexcept override { release(file_of(eventfd)); }

 private:
  std::vector<File*> slots_;
  std::uint64_t opened_ = 0;
};

}  // namespace aioemu::sim
