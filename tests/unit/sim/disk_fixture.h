// What the tests of Disk share: small geometries, bytes in and out, scripted power cuts.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/disk.h"

namespace aioemu::sim {

// Sectors of 16 bytes, four to a block.
inline constexpr DiskGeometry kSmall{16, 64};

inline void put(Disk& disk, std::uint64_t offset, std::string_view text,
                WriteFate fate = WriteFate()) {
  fate.offset = offset;
  fate.length = text.size();
  disk.write(offset, std::as_bytes(std::span(text.data(), text.size())), fate);
}

inline std::string get(Disk& disk, std::uint64_t offset, std::uint64_t count) {
  std::string text;
  while (text.size() < count) {
    const DiskStore::Run run = disk.at(offset + text.size(), count - text.size());
    if (run.bytes == nullptr) {
      text.append(run.size, '\0');
    } else {
      text.append(reinterpret_cast<const char*>(run.bytes), run.size);
    }
  }
  return text;
}

// `count` times the letter.
inline std::string of(char letter, std::size_t count) { return std::string(count, letter); }

// All that the disk holds.
inline std::string contents(Disk& disk) { return get(disk, 0, disk.size()); }

// Cuts the power with these answers; 0 when they are used up.
inline PowerCutReport cut(Disk& disk, std::vector<std::uint32_t> answers = {}) {
  ScriptedChoices choices(std::move(answers));
  return disk.power_cut(choices);
}

}  // namespace aioemu::sim
