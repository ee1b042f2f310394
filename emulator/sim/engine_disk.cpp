// The machine's disk: the files on it, and the power.

#include <algorithm>

#include "sim/engine.h"

namespace aioemu::sim {

DiskGeometry geometry_of(const WorldOptions& options, const fault::FaultPlan& plan) {
  const auto unit = [](const std::optional<std::uint64_t>& set, unsigned otherwise) {
    return static_cast<std::uint32_t>(set.value_or(otherwise));
  };
  return {unit(plan.sector, options.disk_sector), unit(plan.block, options.disk_block)};
}

std::shared_ptr<Inode> Engine::make_inode(std::uint64_t size, DiskSpace* space) {
  const DiskGeometry geometry = geometry_of(options_, plan_);
  const std::uint64_t number = inodes_.size() + 1;
  // Not make_shared: what knows the file weakly should not keep its memory.
  std::shared_ptr<Inode> inode(new Inode(Disk(geometry, number, size, space)));
  inode->number = number;
  inode->direct_alignment = options_.direct_alignment;
  inodes_.push_back(inode);
  return inode;
}

// The drive may have begun with any write that was given to it.
void Engine::write_what_is_in_flight() {
  std::vector<core::Request*> writes;
  const auto add = [&](core::Request& request) {
    if (request.writes() && file_of(request.file).on_disk() != nullptr) writes.push_back(&request);
  };
  for (core::Request* const held : policy_.held()) add(*held);
  for (const HoldQueue::Entry& entry : holds_.entries()) add(*entry.request);
  std::sort(writes.begin(), writes.end(), [](const core::Request* one, const core::Request* other) {
    return one->serial < other->serial;
  });
  for (core::Request* const write : writes) natural_result(*write);
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
    if (inode == nullptr || inode->anonymous) continue;
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
  oracles_.power_cut();
  tell_end();
  cutting_ = true;
  write_what_is_in_flight();
  cutting_ = false;
  forget_memory();
  return cut_disks();
}

// The program, its contexts and its descriptors are gone; the machine starts again.
void Engine::forget_memory() {
  tear_down();
  kernel_.forget_all();  // contexts whose rings the program had taken away
  system_.uncharge(system_.aio_nr());
  known_.clear();
  restart_descriptors();
  next_ordinal_ = 0;
  ++process_;
  closing_ = false;
}

void Engine::name(File& file, std::string_view path) {
  if (!injector_.wants_paths() || path.empty()) return;
  auto known = views_.find(path);
  if (known == views_.end()) {
    known = views_.emplace(std::string(path), injector_.view_of(path)).first;
  }
  file.view = &known->second;
}

}  // namespace aioemu::sim
