// What the tests of World share: iocbs, and reaping.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/aio_abi.h>

#include <array>
#include <cstdint>
#include <vector>

#include "aioemu/world.h"

namespace aioemu {

inline iocb make_iocb(unsigned opcode, int fd, const void* buffer, std::uint64_t size,
                      std::int64_t offset, std::uint64_t data = 0) {
  iocb request{};
  request.aio_lio_opcode = static_cast<std::uint16_t>(opcode);
  request.aio_fildes = static_cast<std::uint32_t>(fd);
  request.aio_buf = reinterpret_cast<std::uint64_t>(buffer);
  request.aio_nbytes = size;
  request.aio_offset = offset;
  request.aio_data = data;
  return request;
}

inline iocb read_of(int fd, void* buffer, std::uint64_t size, std::int64_t offset,
                    std::uint64_t data = 0) {
  return make_iocb(IOCB_CMD_PREAD, fd, buffer, size, offset, data);
}
inline iocb write_of(int fd, const void* buffer, std::uint64_t size, std::int64_t offset,
                     std::uint64_t data = 0) {
  return make_iocb(IOCB_CMD_PWRITE, fd, buffer, size, offset, data);
}
inline iocb poll_of(int fd, std::uint64_t events, std::uint64_t data = 0) {
  iocb request = make_iocb(IOCB_CMD_POLL, fd, nullptr, 0, 0, data);
  request.aio_buf = events;
  return request;
}

// A World with one context.
class InWorld {
 public:
  explicit InWorld(const WorldOptions& options = {}) : world(options) {
    EXPECT_EQ(world.io_setup(8, &ctx), 0);
  }

  long submit(std::vector<iocb*> requests) {
    return world.io_submit(ctx, static_cast<long>(requests.size()), requests.data());
  }
  // The results of the events that are there now.
  std::vector<std::int64_t> drain() {
    timespec now{0, 0};
    std::array<io_event, 64> events;
    const long count = world.io_getevents(ctx, 0, 64, events.data(), &now);
    std::vector<std::int64_t> results;
    for (long i = 0; i < count; ++i) results.push_back(events[static_cast<std::size_t>(i)].res);
    return results;
  }
  // The data words of `count` events, waiting for each.
  std::vector<std::uint64_t> reap(long count) {
    std::vector<std::uint64_t> words;
    for (long i = 0; i < count; ++i) {
      io_event event{};
      EXPECT_EQ(world.io_getevents(ctx, 1, 1, &event), 1);
      words.push_back(event.data);
    }
    return words;
  }

  World world;
  aio_context_t ctx = 0;
};

}  // namespace aioemu
