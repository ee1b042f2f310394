// A World with a plan, a named file of letters and some requests on it.
#pragma once

#include <algorithm>
#include <string>

#include "world_fixture.h"

namespace aioemu {

class WithPlan : public InWorld {
 public:
  static constexpr std::size_t kBytes = 4096;

  explicit WithPlan(const WorldOptions& options) : InWorld(options) {
    fd = world.create_file("data", 0);
    const std::string letters(kBytes, 'f');
    EXPECT_EQ(world.pwrite(fd, letters.data(), kBytes, 0), static_cast<ssize_t>(kBytes));
    for (auto& buffer : buffers) buffer.fill('b');
    for (std::size_t i = 0; i < 3; ++i) {
      reads[i] = read_of(fd, buffers[i].data(), 512, static_cast<std::int64_t>(512 * i), i + 1);
      writes[i] = write_of(fd, buffers[i].data(), 512, static_cast<std::int64_t>(512 * i), i + 1);
    }
  }
  explicit WithPlan(const char* plan) : WithPlan(WorldOptions{.plan = plan}) {}

  // The results of `count` events, waiting for them one by one.
  std::vector<std::int64_t> wait_for(long count) {
    std::vector<std::int64_t> results;
    for (long i = 0; i < count; ++i) {
      io_event event{};
      EXPECT_EQ(world.io_getevents(ctx, 1, 1, &event), 1);
      results.push_back(event.res);
    }
    return results;
  }
  // What a sector holds, one letter if it is all the same.
  std::string sector(std::size_t number) {
    std::array<char, 512> bytes{};
    const auto offset = static_cast<off_t>(number * bytes.size());
    EXPECT_EQ(world.pread(fd, bytes.data(), bytes.size(), offset),
              static_cast<ssize_t>(bytes.size()));
    const bool same =
        std::all_of(bytes.begin(), bytes.end(), [&](char c) { return c == bytes[0]; });
    return same ? std::string(1, bytes[0]) : std::string(bytes.begin(), bytes.end());
  }

  int fd = -1;
  std::array<std::array<char, 512>, 3> buffers;
  std::array<iocb, 3> reads;
  std::array<iocb, 3> writes;
};

}  // namespace aioemu
