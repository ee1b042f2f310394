// World's disk: durability, power cuts, faults of the medium, free space.

#include <algorithm>
#include <cerrno>

#include "aioemu/world.h"
#include "sim/engine.h"

namespace aioemu {
namespace {

// EBADF, or EINVAL for what is not on a disk.
Result<sim::Inode*> on_disk(sim::Engine& engine, int fd) {
  sim::File* const file = engine.files().at(fd);
  if (file == nullptr) return Errno{EBADF};
  auto* const memory_file = dynamic_cast<sim::MemoryFile*>(file);
  if (memory_file == nullptr) return Errno{EINVAL};
  return memory_file->inode().get();
}

}  // namespace

PowerCutReport World::power_cut() {
  engine_->enter();
  const PowerCutReport report = engine_->power_cut();
  engine_->leave();
  return report;
}

long World::damage(int fd, MediumFault fault, off_t offset, std::size_t length, off_t from) {
  engine_->enter();
  const Result<sim::Inode*> found = on_disk(*engine_, fd);
  if (!found.ok()) return negative(found.error());
  if (offset < 0 || from < 0) return -EINVAL;
  return static_cast<long>(found.value()->disk.damage(fault, static_cast<std::uint64_t>(offset),
                                                      length, static_cast<std::uint64_t>(from)));
}

int World::spoil_next_write(int fd, WriteFault fault, std::uint64_t argument) {
  engine_->enter();
  const Result<sim::Inode*> found = on_disk(*engine_, fd);
  if (!found.ok()) return static_cast<int>(negative(found.error()));
  found.value()->next_write = {fault, argument, 0, 0};
  return 0;
}

int World::fail_next_sync(int fd, SyncFault fault) {
  engine_->enter();
  const Result<sim::Inode*> found = on_disk(*engine_, fd);
  if (!found.ok()) return static_cast<int>(negative(found.error()));
  found.value()->next_sync = fault;
  return 0;
}

int World::lift_faults(int fd) {
  engine_->enter();
  const Result<sim::Inode*> found = on_disk(*engine_, fd);
  if (!found.ok()) return static_cast<int>(negative(found.error()));
  sim::Inode& inode = *found.value();
  inode.disk.lift();
  inode.next_write = {};
  inode.next_sync = SyncFault::none;
  return 0;
}

void World::set_free_space(std::int64_t bytes) {
  engine_->enter();
  sim::DiskSpace& space = engine_->volume().space;
  if (bytes < 0) {
    space.unlimit();
  } else {
    space.set_free(static_cast<std::uint64_t>(bytes));
  }
}

void World::add_free_space(std::uint64_t bytes, std::int64_t after) {
  engine_->enter();
  const std::int64_t now = engine_->clock().now();
  const std::int64_t room = INT64_MAX - now - 1;
  engine_->volume().space.refill_at(now + std::clamp<std::int64_t>(after, 0, room), bytes);
}

}  // namespace aioemu
