// A random iocb, as a value: what to ask of which file, and what is wrong with it.
#pragma once

#include <linux/aio_abi.h>

#include <array>
#include <cstdint>
#include <iosfwd>

#include "tests/model/aio_model.h"

namespace aioemu::property {

// The descriptors of every program. `closed` is none.
enum class FileId : int {
  zero_device,
  null_device,
  regular,
  regular_read_only,  // the same file
  directory,
  pipe_out,
  pipe_in,
  second_pipe_out,
  second_pipe_in,
  counter,
  bell,
  closed,
};
inline constexpr int kFileIds = 12;

enum class Buffer { good, null, in_kernel_half };
enum class Vector { good, negative_length, in_kernel_half, unreadable };
enum class Bell { none, rung, closed, no_eventfd };

struct IocbSpec {
  unsigned opcode = IOCB_CMD_PREAD;
  FileId file = FileId::zero_device;
  std::uint64_t length = 1;  // of a vector: the number of its segments
  std::int64_t offset = 0;
  std::uint32_t mask = 1;  // of a poll
  std::uint32_t rw_flags = 0;
  Buffer buffer = Buffer::good;
  Vector vector = Vector::good;
  Bell bell = Bell::none;
  int ioprio = -1;  // -1: IOCB_FLAG_IOPRIO is not set
  std::uint32_t reserved = 0;
  int slot = 0;  // which of the places for iocbs
  aio_model::Memory memory = aio_model::Memory::good;
  bool listed = true;

  [[nodiscard]] bool is_vector() const {
    return opcode == IOCB_CMD_PREADV || opcode == IOCB_CMD_PWRITEV;
  }
  [[nodiscard]] bool is_sync() const {
    return opcode == IOCB_CMD_FSYNC || opcode == IOCB_CMD_FDSYNC;
  }
};
inline constexpr int kSlots = 8;

std::ostream& operator<<(std::ostream& out, const IocbSpec& spec);

// Draws one, mostly a good one. Only inside a rapidcheck generator.
IocbSpec any_iocb();
// Draws one that has between `least` and 3 things wrong with it, as far as it looks at them.
IocbSpec any_bad_iocb(int least);
// Draws one that is accepted and completes at once, whatever came before.
IocbSpec any_instant_iocb();

}  // namespace aioemu::property
