// The loop that every side of the comparison runs: submit `depth` reads, reap `depth` events.
#pragma once

#include <linux/aio_abi.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace aioemu::bench {

[[noreturn]] inline void give_up(const char* what, long result) {
  std::fprintf(stderr, "benchmark: %s gave %ld\n", what, result);
  std::exit(1);
}

// `depth` reads of `bytes` bytes each, at consecutive offsets within a file of `file_bytes`.
class ReadBatch {
 public:
  ReadBatch(int fd, long depth, std::size_t bytes, std::size_t file_bytes)
      : buffer_(bytes), iocbs_(static_cast<std::size_t>(depth)), events_(iocbs_.size()) {
    std::size_t offset = 0;
    for (iocb& request : iocbs_) {
      request = iocb{};
      request.aio_lio_opcode = IOCB_CMD_PREAD;
      request.aio_fildes = static_cast<std::uint32_t>(fd);
      request.aio_buf = reinterpret_cast<std::uint64_t>(buffer_.data());
      request.aio_nbytes = bytes;
      request.aio_offset = static_cast<std::int64_t>(offset);
      offset = (offset + bytes) % file_bytes;
      pointers_.push_back(&request);
    }
  }
  ReadBatch(const ReadBatch&) = delete;
  ReadBatch& operator=(const ReadBatch&) = delete;

  // One round. `api` has io_submit and io_getevents with the kernel's arguments, -errno results.
  template <typename Api>
  void run(Api& api, aio_context_t context) {
    const long depth = static_cast<long>(iocbs_.size());
    const long submitted = api.io_submit(context, depth, pointers_.data());
    if (submitted != depth) give_up("io_submit", submitted);
    const long reaped = api.io_getevents(context, depth, depth, events_.data(), nullptr);
    if (reaped != depth) give_up("io_getevents", reaped);
    if (events_.back().res != static_cast<std::int64_t>(buffer_.size())) {
      give_up("a read", static_cast<long>(events_.back().res));
    }
  }

 private:
  std::vector<char> buffer_;
  std::vector<iocb> iocbs_;
  std::vector<io_event> events_;
  std::vector<iocb*> pointers_;
};

}  // namespace aioemu::bench
