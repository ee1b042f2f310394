// DiskImage: the live bytes of one file, and under them what is durable.
//
// Reads see the live bytes. A block that differs from what is durable is dirty: it remembers its
// durable bytes, and its states after each write since, oldest first; the last state is the live
// one and costs nothing. What becomes of the states is decided here and nowhere else:
//
//   made durable   up to a mark: the newest state up to it is durable, older ones are forgotten
//   forgotten      up to a mark: they will never be durable, but are still what reads see
//   reverted       up to a mark: the live bytes are the durable ones again
//   cut            by choices: the block is durable in one of its states, or torn between them
//
// The size is treated the same way: it is durable as far as the data is. Medium faults lie over
// the live bytes and change neither (disk_medium.h).
//
// A write is known by its Mark, a number that grows with each one. Copies share what they can.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "aioemu/choice.h"
#include "aioemu/disk_faults.h"
#include "sim/disk_geometry.h"
#include "sim/disk_medium.h"
#include "sim/disk_store.h"

namespace aioemu::sim {

class DiskImage {
 public:
  using Mark = std::uint64_t;

  // `size` zero bytes, durable, none of them allocated.
  DiskImage(const DiskGeometry& geometry, std::uint64_t size);

  MediumFaults medium;

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] const DiskStore& live() const noexcept { return live_; }
  // The states that are not durable yet.
  [[nodiscard]] std::uint64_t unsynced() const noexcept { return unsynced_; }

  // Puts the bytes into the live ones as write `mark`. How many blocks were allocated.
  std::uint64_t write(Mark mark, std::uint64_t offset, std::span<const std::byte> bytes);

  // The file reaches at least to `size`, as write `mark` and without any bytes.
  void extend(Mark mark, std::uint64_t size);

  void make_durable(Mark mark);
  // The blocks that the range touches, with all that was written to them.
  void make_durable(std::uint64_t offset, std::uint64_t count);
  void forget(Mark mark);
  // How many blocks are no longer allocated. A block written to after the mark stays as it is.
  std::uint64_t revert(Mark mark);
  struct Cut {
    PowerCutReport report;
    std::uint64_t freed = 0;  // blocks that are no longer allocated
  };
  // `number`: the file's, for the identity of the questions.
  Cut cut(ChoiceSource& choices, std::uint64_t number);

  // What the sector held before its block was last written; false when nobody knows.
  bool stale(std::uint64_t sector, std::span<std::byte> bytes) const;

 private:
  struct State {
    Mark mark;
    FrozenBytes bytes;  // null for the last one: the live bytes
  };
  struct Dirty {
    FrozenBytes durable;  // null: not allocated
    std::vector<State> states;
  };
  using Blocks = std::map<std::uint64_t, Dirty>;
  struct Growth {
    Mark mark;
    std::uint64_t size;
  };

  void before_write(std::uint64_t block, Mark mark);
  [[nodiscard]] std::uint64_t size_at(Mark mark) const;
  // As far as the size must go when `state` of the bytes up to `end` is durable.
  [[nodiscard]] std::uint64_t reach(const State& state, std::uint64_t end) const;
  void size_durable(Mark mark);
  void durable_up_to(Blocks::iterator& dirty, Mark mark);
  void shrink();

  // ---- power cut: disk_power.cpp ----
  struct Outcome {
    FrozenBytes bytes;
    std::uint64_t reach = 0;
  };
  struct Question {
    ChoiceSource& choices;
    std::uint64_t number;
    std::uint64_t block;
  };
  [[nodiscard]] Outcome cut_block(const Question& question, const Dirty& dirty,
                                  PowerCutReport& report) const;
  [[nodiscard]] Outcome tear(const Question& question, const Dirty& dirty) const;
  [[nodiscard]] bool differs(const Dirty& dirty, std::uint32_t at) const;
  [[nodiscard]] bool tearable(const Dirty& dirty) const;

  DiskGeometry geometry_;
  std::uint64_t size_;
  std::uint64_t durable_size_;
  std::vector<Growth> growths_;  // of the size, since it was durable
  DiskStore live_;
  Blocks dirty_;
  std::uint64_t unsynced_ = 0;
  std::map<std::uint64_t, FrozenBytes> former_;  // of blocks that are clean: what they held before
};

}  // namespace aioemu::sim
