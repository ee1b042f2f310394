// FileViews: what the rules say about the paths of open files.
//
// Asked of /proc once per open file: a descriptor that still names the same file is answered from
// memory, up to 512 times, so a file that is renamed keeps its old name for that long. A file that
// was deleted is known by the name it had; one without a name (a pipe, a socket) has none.
#pragma once

#include <cstdint>

#include "core/ports.h"
#include "fault/injector.h"
#include "host/file_probe.h"

namespace aioemu::host {

// Threading: the address space's lock.
class FileViews {
 public:
  FileViews(core::KernelMemory& pages, const fault::Injector& injector) noexcept
      : pages_(pages), injector_(injector) {}
  void release_all() noexcept;

  // The view of the open file `fd`, into `view`; false when it has no path. Only where the injector
  // wants paths.
  [[nodiscard]] bool look(int fd, const ProbedFile& file, fault::FileView& view) noexcept;

 private:
  struct Entry {
    std::uint32_t number = 0;  // the descriptor, plus 1; 0: an empty entry
    std::uint32_t uses = 0;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool named = false;
    fault::FileView view;
  };
  static constexpr std::uint32_t kEntries = 64;
  static constexpr std::uint32_t kMostUses = 512;

  [[nodiscard]] bool ask(int fd, fault::FileView& view) const noexcept;

  core::KernelMemory& pages_;
  const fault::Injector& injector_;
  Entry* entries_ = nullptr;  // made at the first question
};

}  // namespace aioemu::host
