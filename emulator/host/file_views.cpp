#include "host/file_views.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <array>
#include <new>
#include <string_view>

#include "host/descriptor_path.h"
#include "host/syscalls.h"

namespace aioemu::host {
namespace {

constexpr std::size_t kLongestPath = 4096;
constexpr std::string_view kDeleted = " (deleted)";

}  // namespace

bool FileViews::look(int fd, const ProbedFile& file, fault::FileView& view) noexcept {
  constexpr std::size_t kBytes = kEntries * sizeof(Entry);
  if (entries_ == nullptr) {
    void* const block = pages_.allocate(kBytes);
    if (block == nullptr) return ask(fd, view);
    entries_ = new (block) Entry[kEntries];
  }
  const std::uint32_t number = static_cast<std::uint32_t>(fd) + 1;
  Entry& entry = entries_[number % kEntries];
  const bool known = entry.number == number && entry.device == file.device &&
                     entry.inode == file.inode && entry.uses < kMostUses &&
                     !(entry.named && injector_.is_stale(entry.view));
  if (!known) {
    entry = {number, 0, file.device, file.inode, false, {}};
    entry.named = ask(fd, entry.view);
  }
  ++entry.uses;
  if (entry.named) view = entry.view;
  return entry.named;
}

bool FileViews::ask(int fd, fault::FileView& view) const noexcept {
  std::array<char, kLongestPath> text;
  const long length =
      raw_syscall(SYS_readlinkat, AT_FDCWD, DescriptorPath(fd).c_str(), text.data(), text.size());
  if (length <= 0 || text[0] != '/') return false;
  std::string_view path(text.data(), static_cast<std::size_t>(length));
  if (path.size() > kDeleted.size() && path.substr(path.size() - kDeleted.size()) == kDeleted) {
    path.remove_suffix(kDeleted.size());
  }
  view = injector_.view_of(path);
  return true;
}

void FileViews::release_all() noexcept {
  pages_.release(entries_, kEntries * sizeof(Entry));
  entries_ = nullptr;
}

}  // namespace aioemu::host
