// writer FILE COUNT: writes COUNT blocks of 512 bytes, one request at a time, and reads them back.
//
// Status 0: all is well. 1: a request ended with an error or short (said on standard output). 2: a
// call failed. 3: what was read is not what was written.
#include <fcntl.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/integration/run/clients/six_calls.h"

namespace {

constexpr std::size_t kBlock = 512;

// The result of one request by itself, or an exit.
long carry_out(aio_context_t ctx, iocb request) {
  iocb* batch[] = {&request};
  io_event event{};
  if (client::io_submit(ctx, 1, batch) != 1) {
    std::perror("io_submit");
    std::exit(2);
  }
  if (client::io_getevents(ctx, 1, 1, &event, nullptr) != 1) {
    std::perror("io_getevents");
    std::exit(2);
  }
  return static_cast<long>(event.res);
}

void expect_whole(const char* what, int block, long result) {
  if (result == static_cast<long>(kBlock)) return;
  std::printf("%s %d: %ld\n", what, block, result);
  std::fflush(stdout);
  _exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  aio_context_t ctx = 0;
  if (fd < 0 || client::io_setup(4, &ctx) != 0) {
    std::perror("io_setup");
    return 2;
  }
  char block[kBlock];
  const int count = static_cast<int>(std::strtol(argv[2], nullptr, 10));
  for (int i = 0; i < count; ++i) {
    std::memset(block, 'a' + i % 26, kBlock);
    const auto at = static_cast<std::int64_t>(i) * static_cast<std::int64_t>(kBlock);
    expect_whole("write", i,
                 carry_out(ctx, client::request(IOCB_CMD_PWRITE, fd, block, kBlock, at)));
  }
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::int64_t>(i) * static_cast<std::int64_t>(kBlock);
    expect_whole("read", i, carry_out(ctx, client::request(IOCB_CMD_PREAD, fd, block, kBlock, at)));
    if (block[0] != 'a' + i % 26 || block[kBlock - 1] != block[0]) return 3;
  }
  return client::io_destroy(ctx) == 0 ? 0 : 2;
}
