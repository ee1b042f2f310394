// The machine's disk: the files on it, and the power.

#include <algorithm>

#include "sim/engine.h"

namespace aioemu::sim {

std::shared_ptr<Inode> Engine::make_inode(std::uint64_t size, DiskSpace* space) {
  const DiskGeometry geometry{options_.disk_sector, options_.disk_block};
  const std::uint64_t number = inodes_.size() + 1;
  // Not make_shared: what knows the file weakly should not keep its memory.
  std::shared_ptr<Inode> inode(new Inode(Disk(geometry, number, size, space)));
  inode->direct_alignment = options_.direct_alignment;
  inodes_.push_back(inode);
  return inode;
}

// The drive may have begun with any write that was given to it.
void Engine::write_what_is_in_flight() {
  std::vector<Held> writes;
  for (const Held& held : policy_.held()) {
    const bool on_disk = file_of(held.request->file).is_storage();
    if (held.request->writes() && on_disk) writes.push_back(held);
  }
  std::sort(writes.begin(), writes.end(), [](const Held& one, const Held& other) {
    return one.request->serial < other.request->serial;
  });
  for (const Held& held : writes) natural_result(*held.request, held.fault, held.issued);
}

// Files on the disk are as opened again; what lived in memory is gone.
void Engine::restart_descriptors() {
  const std::size_t count = files_.slots().size();
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = FileTable::kBase + static_cast<int>(i);
    auto* const file = dynamic_cast<MemoryFile*>(files_.at(fd));
    if (file != nullptr && !file->inode()->anonymous) {
      file->position = 0;
    } else {
      files_.close(fd);
    }
  }
}

PowerCutReport Engine::cut_disks() {
  ChoiceSource& choices = options_.choices != nullptr ? *options_.choices : seeded_;
  PowerCutReport total;
  for (const std::weak_ptr<Inode>& known : inodes_) {
    const std::shared_ptr<Inode> inode = known.lock();
    if (inode == nullptr) continue;
    inode->next_write = {};
    inode->next_sync = SyncFault::none;
    const PowerCutReport report = inode->disk.power_cut(choices);
    total.newest += report.newest;
    total.earlier += report.earlier;
    total.dropped += report.dropped;
    total.torn += report.torn;
  }
  return total;
}

PowerCutReport Engine::power_cut() {
  write_what_is_in_flight();
  tear_down();
  kernel_.forget_all();  // contexts whose rings the program had taken away
  system_.uncharge(system_.aio_nr());
  known_.clear();
  restart_descriptors();
  closing_ = false;
  return cut_disks();
}

}  // namespace aioemu::sim
