// The simulated disk against a naive one: vectors of bytes, and the list of all writes.

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "sim/disk.h"
#include "tests/property/property.h"

namespace aioemu {
namespace {

using property::holds;
using sim::Disk;
using sim::DiskGeometry;
using sim::DiskSpace;
using sim::WriteFate;

constexpr std::uint64_t kMaxFile = 640;

struct OneWrite {
  std::uint64_t offset = 0;
  std::string data;
  WriteFate fate;
};

// A random file of a few small blocks, sometimes with a limit that forces writing back.
DiskGeometry any_geometry() {
  DiskGeometry geometry;
  geometry.sector = *rc::gen::element(16U, 32U);
  geometry.block = geometry.sector * *rc::gen::element(1U, 2U, 4U);
  geometry.unsynced_limit = *rc::gen::element<std::uint64_t>(4, 1000);
  return geometry;
}

OneWrite any_write(std::uint64_t alignment = 1) {
  OneWrite write;
  const std::uint64_t units = kMaxFile / alignment;
  write.offset = *rc::gen::inRange<std::uint64_t>(0, units) * alignment;
  const std::uint64_t most = std::min<std::uint64_t>(units - write.offset / alignment, 200);
  const auto length = *rc::gen::inRange<std::uint64_t>(1, most + 1) * alignment;
  const char base = *rc::gen::inRange('a', 'z');
  for (std::uint64_t i = 0; i < std::min(length, kMaxFile - write.offset); ++i) {
    write.data += static_cast<char>(base + static_cast<char>(i % 5));
  }
  write.fate.offset = write.offset;
  write.fate.length = write.data.size();
  return write;
}

void carry_out(Disk& disk, const OneWrite& write) {
  disk.write(write.offset, std::as_bytes(std::span(write.data)), write.fate);
}

std::string contents(Disk& disk) {
  std::string text;
  while (text.size() < disk.size()) {
    const sim::DiskStore::Run run = disk.at(text.size(), disk.size() - text.size());
    text += run.bytes == nullptr ? std::string(run.size, '\0')
                                 : std::string(reinterpret_cast<const char*>(run.bytes), run.size);
  }
  return text;
}

void put(std::string& file, std::uint64_t offset, const std::string& data) {
  if (file.size() < offset + data.size()) file.resize(offset + data.size());
  file.replace(offset, data.size(), data);
}

// The file as it was after each write, from before the first one on.
class History {
 public:
  explicit History(std::uint64_t size) : states_{std::string(size, '\0')} {}

  void write(const OneWrite& write) {
    std::string next = states_.back();
    put(next, write.offset, write.data);
    states_.push_back(next);
  }
  [[nodiscard]] const std::string& now() const { return states_.back(); }
  [[nodiscard]] std::size_t writes() const { return states_.size() - 1; }
  [[nodiscard]] const std::string& after(std::size_t writes) const { return states_[writes]; }

  // Is this piece of `found` as it was after one of the writes since the first `durable` ones?
  [[nodiscard]] bool was_once(const std::string& found, std::uint64_t at, std::uint64_t size,
                              std::size_t durable) const {
    const std::uint64_t end = std::min<std::uint64_t>(found.size(), at + size);
    return std::any_of(states_.begin() + static_cast<std::ptrdiff_t>(durable), states_.end(),
                       [&](std::string state) {
                         state.resize(std::max<std::size_t>(state.size(), end));
                         return state.compare(at, end - at, found, at, end - at) == 0;
                       });
  }

 private:
  std::vector<std::string> states_;
};

// A disk and its history after some writes and syncs. `durable`: that many writes must survive.
struct Scenario {
  explicit Scenario(std::uint64_t size = *rc::gen::element<std::uint64_t>(0, 100, kMaxFile))
      : disk(geometry, 1, size), history(size) {}

  const DiskGeometry geometry = any_geometry();
  Disk disk;
  History history;
  std::size_t durable = 0;

  // Each sync is issued, then overtaken by some writes, and then ends in one of `ways`.
  void go(const std::vector<SyncFault>& ways) {
    const int syncs = *rc::gen::inRange(0, 4);
    for (int i = 0; i < syncs; ++i) {
      write_some();
      const Disk::Mark issued = disk.mark();
      const std::size_t covered = history.writes();
      write_some();
      const SyncFault way = *rc::gen::elementOf(ways);
      disk.sync(issued, way);
      if (way == SyncFault::none) durable = std::max(durable, covered);
    }
    write_some();
  }
  void write_some() {
    for (int left = *rc::gen::inRange(0, 5); left > 0; --left) {
      const OneWrite write = any_write();
      carry_out(disk, write);
      history.write(write);
    }
  }
  PowerCutReport cut() {
    SeededChoices choices(*rc::gen::arbitrary<std::uint64_t>());
    return disk.power_cut(choices);
  }
};

TEST(DiskProperty, ReadsSeeTheLatestCompletedWrite) {
  holds([] {
    Scenario run;
    run.go({SyncFault::none, SyncFault::eio_clean, SyncFault::eio_dirty, SyncFault::eio_next,
            SyncFault::lie});
    RC_ASSERT(contents(run.disk) == run.history.now());
  });
}

TEST(DiskProperty, EachSectorIsAsSyncedOrAsAWriteSinceLeftIt) {
  holds([] {
    Scenario run;
    run.go({SyncFault::none, SyncFault::eio_dirty, SyncFault::lie});
    const PowerCutReport report = run.cut();
    const std::string found = contents(run.disk);
    RC_ASSERT(found.size() >= run.history.after(run.durable).size());
    RC_ASSERT(found.size() <= run.history.now().size());
    const std::uint32_t unit = report.torn == 0 ? run.geometry.block : run.geometry.sector;
    for (std::uint64_t at = 0; at < found.size(); at += unit) {
      RC_ASSERT(run.history.was_once(found, at, unit, run.durable));
    }
    RC_CLASSIFY(report.torn > 0, "torn");
    RC_CLASSIFY(report.earlier > 0, "earlier");
  });
}

TEST(DiskProperty, WhatWasSyncedLastSurvivesAPowerCutWhole) {
  holds([] {
    Scenario run;
    run.go({SyncFault::none, SyncFault::eio_dirty, SyncFault::lie});
    RC_ASSERT(run.disk.sync(run.disk.mark()) == 0);
    const PowerCutReport report = run.cut();
    RC_ASSERT(report.newest + report.earlier + report.dropped + report.torn == 0U);
    RC_ASSERT(contents(run.disk) == run.history.now());
  });
}

TEST(DiskProperty, NoSyncFaultMakesASectorThatNeverWas) {
  holds([] {
    Scenario run;
    run.go({SyncFault::none, SyncFault::eio_clean, SyncFault::eio_dirty, SyncFault::eio_next,
            SyncFault::lie});
    run.cut();
    const std::string found = contents(run.disk);
    for (std::uint64_t at = 0; at < found.size(); at += run.geometry.sector) {
      RC_ASSERT(run.history.was_once(found, at, run.geometry.sector, 0));
    }
  });
}

TEST(DiskProperty, ARevertShowsWhatAPowerCutWouldLeaveAtWorst) {
  holds([] {
    Scenario run;
    run.go({SyncFault::none, SyncFault::eio_dirty, SyncFault::lie});
    Disk worst = run.disk;
    ScriptedChoices all_dropped;
    worst.power_cut(all_dropped);
    RC_ASSERT(run.disk.sync(run.disk.mark(), SyncFault::eio_revert) == -EIO);
    RC_ASSERT(contents(run.disk) == contents(worst));
    run.cut();
    RC_ASSERT(contents(run.disk) == contents(worst));
  });
}

TEST(DiskProperty, ASecondPowerCutChangesNothing) {
  holds([] {
    Scenario run;
    run.go({SyncFault::none, SyncFault::eio_clean, SyncFault::lie});
    run.cut();
    const std::string found = contents(run.disk);
    run.cut();
    RC_ASSERT(contents(run.disk) == found);
  });
}

// What is true, and what the medium shows, sector by sector.
class NaiveMedium {
 public:
  NaiveMedium(std::uint64_t sector, std::uint64_t size)
      : sector_(sector), truth(size, '\0'), shown(size, '\0') {}

 private:
  std::uint64_t sector_;

 public:
  std::string truth;
  std::string shown;

  // Sectors `first` .. of a write arrive at `shift` from where they should, if arrives(sector).
  template <typename Arrives>
  void write(const OneWrite& write, std::int64_t shift, Arrives arrives) {
    put(truth, write.offset, write.data);
    shown.resize(truth.size());
    for (std::uint64_t i = 0; i < write.data.size(); ++i) {
      if (!arrives((write.offset + i) / sector_)) continue;
      const auto at =
          static_cast<std::uint64_t>(static_cast<std::int64_t>(write.offset + i) + shift);
      if (at < shown.size()) shown[at] = write.data[i];
    }
  }
  void show(std::uint64_t to, std::uint64_t from) {
    std::string bytes = shown;
    bytes.resize(std::max(shown.size(), from * sector_ + sector_));
    for (std::uint64_t i = 0; i < sector_ && to * sector_ + i < shown.size(); ++i) {
      shown[to * sector_ + i] = bytes[from * sector_ + i];
    }
  }
};

void write_with_fault(Disk& disk, NaiveMedium& naive, std::uint64_t sector) {
  OneWrite write = any_write(*rc::gen::element<std::uint64_t>(1, sector));
  const std::uint64_t first = write.offset / sector;
  const std::uint64_t end = (write.offset + write.data.size() + sector - 1) / sector;
  const auto n = *rc::gen::inRange<std::uint64_t>(0, end - first + 1);
  const auto target = *rc::gen::inRange<std::uint64_t>(0, kMaxFile / sector);
  const auto shift = (static_cast<std::int64_t>(target) - static_cast<std::int64_t>(first)) *
                     static_cast<std::int64_t>(sector);
  write.fate.fault = *rc::gen::element(WriteFault::none, WriteFault::lost, WriteFault::torn_first,
                                       WriteFault::torn_last, WriteFault::misdirected);
  write.fate.argument = write.fate.fault == WriteFault::misdirected ? target * sector : n;
  carry_out(disk, write);
  switch (write.fate.fault) {
    case WriteFault::lost:
      return naive.write(write, 0, [](std::uint64_t) { return false; });
    case WriteFault::torn_first:
      return naive.write(write, 0, [&](std::uint64_t at) { return at < first + n; });
    case WriteFault::torn_last:
      return naive.write(write, 0, [&](std::uint64_t at) { return at >= end - n; });
    case WriteFault::misdirected:
      return naive.write(write, shift, [](std::uint64_t) { return true; });
    default:
      return naive.write(write, 0, [](std::uint64_t) { return true; });
  }
}

void misdirect_a_read(Disk& disk, NaiveMedium& naive, std::uint64_t sector) {
  const auto to = *rc::gen::inRange<std::uint64_t>(0, kMaxFile / sector);
  const auto from = *rc::gen::inRange<std::uint64_t>(0, kMaxFile / sector);
  if (disk.damage(MediumFault::misdirected_read, to * sector, 1, from * sector) == 0) return;
  naive.show(to, from);
}

TEST(DiskProperty, FaultyWritesShowWhatTheMediumGotAndLiftingShowsTheTruth) {
  holds([] {
    const DiskGeometry geometry = any_geometry();
    const std::uint64_t size = *rc::gen::element<std::uint64_t>(0, kMaxFile);
    Disk disk(geometry, 1, size);
    NaiveMedium naive(geometry.sector, size);
    for (int left = *rc::gen::inRange(1, 12); left > 0; --left) {
      if (*rc::gen::inRange(0, 4) == 0) {
        misdirect_a_read(disk, naive, geometry.sector);
      } else {
        write_with_fault(disk, naive, geometry.sector);
      }
      if (*rc::gen::inRange(0, 4) == 0) disk.sync(disk.mark());
    }
    RC_ASSERT(contents(disk) == naive.shown);
    RC_ASSERT(contents(disk) == naive.shown);
    disk.lift();
    RC_ASSERT(contents(disk) == naive.truth);
  });
}

std::uint64_t wrong_bits(const std::string& one, const std::string& other) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    bits += static_cast<std::uint64_t>(
        __builtin_popcount(static_cast<unsigned char>(one[i] ^ other[i])));
  }
  return bits;
}

TEST(DiskProperty, RotIsOneBitInEachRottenSectorAndStays) {
  holds([] {
    Scenario run(kMaxFile);
    run.go({SyncFault::none});
    const auto at = *rc::gen::inRange<std::uint64_t>(0, kMaxFile);
    const auto count = *rc::gen::inRange<std::uint64_t>(1, kMaxFile);
    const std::uint64_t rotten = run.disk.damage(MediumFault::bit_rot, at, count);
    const std::string seen = contents(run.disk);
    RC_ASSERT(wrong_bits(seen, run.history.now()) == rotten);
    run.disk.damage(MediumFault::bit_rot, at, count);
    RC_ASSERT(contents(run.disk) == seen);
    run.disk.lift();
    RC_ASSERT(contents(run.disk) == run.history.now());
  });
}

TEST(DiskProperty, UnreadableSectorsAreReadableAgainOnceRewrittenOrLifted) {
  holds([] {
    const DiskGeometry geometry = any_geometry();
    Disk disk(geometry, 1, kMaxFile);
    std::set<std::uint64_t> bad;
    for (int left = *rc::gen::inRange(1, 10); left > 0; --left) {
      const auto sector = *rc::gen::inRange<std::uint64_t>(0, kMaxFile / geometry.sector);
      if (*rc::gen::arbitrary<bool>()) {
        disk.damage(MediumFault::latent_sector_error, sector * geometry.sector, 1);
        bad.insert(sector);
      } else {
        const std::string data(geometry.sector, 'x');
        disk.write(sector * geometry.sector, std::as_bytes(std::span(data)));
        bad.erase(sector);
      }
    }
    const auto at = *rc::gen::inRange<std::uint64_t>(0, kMaxFile);
    const auto count = *rc::gen::inRange<std::uint64_t>(1, kMaxFile - at + 1);
    std::uint64_t good = 0;
    while (good < count && bad.count((at + good) / geometry.sector) == 0) ++good;
    RC_ASSERT(disk.readable(at, count, geometry.sector) == good);
    disk.lift();
    RC_ASSERT(disk.readable(at, count, geometry.sector) == count);
  });
}

// Counts byte by byte.
std::uint64_t naive_room(std::uint64_t block, std::set<std::uint64_t> held, std::uint64_t free,
                         std::uint64_t offset, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!held.insert((offset + i) / block).second) continue;
    if (free < block) return i;
    free -= block;
  }
  return count;
}

TEST(DiskProperty, SpaceIsCountedExactly) {
  holds([] {
    const DiskGeometry geometry = any_geometry();
    DiskSpace space;
    const auto budget = *rc::gen::inRange<std::uint64_t>(0, kMaxFile);
    space.set_free(budget);
    Disk disk(geometry, 1, 0, &space);
    std::set<std::uint64_t> held;
    for (int left = *rc::gen::inRange(1, 8); left > 0; --left) {
      OneWrite write = any_write();
      const std::uint64_t room = disk.room(write.offset, write.data.size());
      RC_ASSERT(room ==
                naive_room(geometry.block, held, space.free(), write.offset, write.data.size()));
      write.data.resize(room);
      carry_out(disk, write);
      for (std::uint64_t i = 0; i < room; ++i) held.insert((write.offset + i) / geometry.block);
      RC_ASSERT(space.free() == budget - held.size() * geometry.block);
      if (*rc::gen::inRange(0, 3) == 0) disk.sync(disk.mark());
    }
  });
}

TEST(DiskProperty, NoSpaceIsLostOrWonByAPowerCutARevertOrATruncation) {
  holds([] {
    const DiskGeometry geometry = any_geometry();
    DiskSpace space;
    const std::uint64_t budget = kMaxFile * 4;
    space.set_free(budget);
    Disk disk(geometry, 1, 0, &space);
    for (int left = *rc::gen::inRange(1, 16); left > 0; --left) {
      const OneWrite write = any_write();
      if (disk.room(write.offset, write.data.size()) == write.data.size()) carry_out(disk, write);
      SeededChoices choices(*rc::gen::arbitrary<std::uint64_t>());
      const int what = *rc::gen::inRange(0, 6);
      if (what == 0) disk.sync(disk.mark());
      if (what == 1) disk.sync(disk.mark(), SyncFault::eio_revert);
      if (what == 2) disk.sync(disk.mark(), SyncFault::eio_clean);
      if (what == 3) disk.truncate();
      if (what == 4) disk.power_cut(choices);
    }
    // Every block is written, and no truncation holds any back: what is left is known.
    disk.sync(disk.mark());
    const std::string all(kMaxFile, 'x');
    disk.write(0, std::as_bytes(std::span(all)));
    RC_ASSERT(disk.size() <= kMaxFile);
    RC_ASSERT(space.free() == budget - kMaxFile);
  });
}

}  // namespace
}  // namespace aioemu
