// taker HOW FILE: writes eight blocks in batches of two, and reads them back; HOW it takes faults:
//
//   careful    goes on after a partial submit, EAGAIN, EINTR and a short write; ends with 5 when
//   the
//              device fails
//   forgetful  does not notice how many iocbs were taken, and waits for all of them
//   fragile    aborts when a write fails
//   careless   looks at no result
//
// Status 0: what was written can be read. 3: it cannot. 2: a call failed.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/integration/run/clients/six_calls.h"

namespace {

constexpr std::size_t kBlock = 4096;
constexpr std::size_t kBlocks = 8;
constexpr int kDeviceFailed = 5;

std::string how;
std::array<char, kBlock> data;

bool is(const char* word) { return how == word; }

void fail(const char* what) {
  std::perror(what);
  std::exit(2);
}

// What is left of a write after its event, or nothing.
std::vector<iocb> rest_of(const iocb& request, const io_event& event) {
  if (is("careless")) return {};
  if (event.res < 0 && is("fragile")) std::abort();
  if (event.res < 0) {
    std::printf("the device failed: %lld\n", static_cast<long long>(event.res));
    std::fflush(stdout);
    _exit(kDeviceFailed);
  }
  const auto done = static_cast<std::uint64_t>(event.res);
  if (done == request.aio_nbytes) return {};
  iocb rest = request;
  rest.aio_buf += done;
  rest.aio_nbytes -= done;
  rest.aio_offset += static_cast<std::int64_t>(done);
  return {rest};
}

long take(aio_context_t ctx, std::vector<iocb*>& list) {
  while (true) {
    const long taken = client::io_submit(ctx, static_cast<long>(list.size()), list.data());
    if (taken >= 0) return is("forgetful") ? static_cast<long>(list.size()) : taken;
    if (errno != EAGAIN) fail("io_submit");
  }
}

void wait_for(aio_context_t ctx, long count, io_event* events) {
  for (long got = 0; got < count;) {
    const long more = client::io_getevents(ctx, count - got, count - got, events + got, nullptr);
    if (more < 0 && errno != EINTR) fail("io_getevents");
    if (more > 0) got += more;
  }
}

void write_all(aio_context_t ctx, std::vector<iocb> work) {
  while (!work.empty()) {
    std::vector<iocb*> list;
    for (iocb& request : work) list.push_back(&request);
    const long taken = take(ctx, list);
    std::vector<io_event> events(static_cast<std::size_t>(taken));
    wait_for(ctx, taken, events.data());
    std::vector<iocb> left(work.begin() + taken, work.end());
    for (const io_event& event : events) {
      const auto* request = reinterpret_cast<const iocb*>(event.obj);
      for (const iocb& rest : rest_of(*request, event)) left.push_back(rest);
    }
    work = left;
  }
}

bool can_be_read(int fd) {
  std::array<char, kBlock> block{};
  for (std::size_t i = 0; i < kBlocks; ++i) {
    const auto at = static_cast<off_t>(i * kBlock);
    if (pread(fd, block.data(), kBlock, at) != static_cast<ssize_t>(kBlock)) return false;
    if (block != data) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  how = argv[1];
  const int fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  aio_context_t ctx = 0;
  if (fd < 0 || client::io_setup(4, &ctx) != 0) fail("io_setup");
  data.fill('x');
  for (std::size_t i = 0; i < kBlocks; i += 2) {
    const auto at = static_cast<std::int64_t>(i * kBlock);
    write_all(ctx, {client::request(IOCB_CMD_PWRITE, fd, data.data(), kBlock, at),
                    client::request(IOCB_CMD_PWRITE, fd, data.data(), kBlock,
                                    at + static_cast<std::int64_t>(kBlock))});
  }
  if (client::io_destroy(ctx) != 0) fail("io_destroy");
  return can_be_read(fd) ? 0 : 3;
}
