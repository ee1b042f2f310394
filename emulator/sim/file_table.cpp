#include "sim/file_table.h"

#include <algorithm>
#include <cerrno>

#include "base/check.h"

namespace aioemu::sim {

FileTable::~FileTable() {
  for (File* file : slots_) {
    if (file != nullptr) release(*file);
  }
}

int FileTable::insert(File* file) {
  hold(*file);
  if (file->number == 0) file->number = ++opened_;
  const auto free = std::find(slots_.begin(), slots_.end(), nullptr);
  const auto index = static_cast<std::int32_t>(free - slots_.begin());
  if (free == slots_.end()) {
    slots_.push_back(file);
  } else {
    *free = file;
  }
  return kBase + index;
}

int FileTable::dup(int fd) {
  File* const file = at(fd);
  return file == nullptr ? -EBADF : insert(file);
}

int FileTable::close(int fd) {
  File* const file = at(fd);
  if (file == nullptr) return -EBADF;
  slots_[static_cast<std::uint32_t>(fd) - static_cast<std::uint32_t>(kBase)] = nullptr;
  release(*file);
  return 0;
}

void FileTable::release(File& file) noexcept {
  AIOEMU_CHECK(file.references_ > 0);
  if (--file.references_ > 0) return;
  file.released();
  delete &file;
}

Result<core::FileFacts> FileTable::find(std::int32_t fd) noexcept {
  File* const file = at(fd);
  if (file == nullptr || file->path_only) return Errno{EBADF};
  return file->facts;
}

Result<core::FileRef> FileTable::find_eventfd(std::int32_t fd) noexcept {
  File* const file = at(fd);
  if (file == nullptr || file->path_only) return Errno{EBADF};
  if (file->facts.kind != core::FileKind::eventfd) return Errno{EINVAL};
  hold(*file);
  return file->ref();
}

}  // namespace aioemu::sim
