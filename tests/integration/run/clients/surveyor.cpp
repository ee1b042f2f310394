// surveyor FILE: five writes of a sector each, the fifth with RWF_DSYNC and the cookie 7; then what
// one read of all of them finds; then what is really in the file. Says it all on standard output:
//
//   write 512 512 512 512 512
//   read 2560 abcde
//   file abcde
//   events 6
//
// A sector that is not of one letter shows as '?'.
#include <fcntl.h>
#include <linux/fs.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <string>

#include "tests/integration/run/clients/six_calls.h"

namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kSectors = 5;
using Bytes = std::array<char, kSectors * kSector>;

std::string letters(const Bytes& bytes, long length) {
  std::string text;
  const std::size_t whole = length > 0 ? static_cast<std::size_t>(length) / kSector : 0;
  for (std::size_t i = 0; i < whole; ++i) {
    const char* const sector = bytes.data() + i * kSector;
    const bool same = std::memcmp(sector, sector + 1, kSector - 1) == 0;
    text += same && *sector >= 'a' && *sector <= 'z' ? *sector : '?';
  }
  return text;
}

class Surveyor {
 public:
  explicit Surveyor(aio_context_t ctx) : ctx_(ctx) {}
  // The request's result; more events than one are counted.
  long run(iocb request) {
    iocb* batch[] = {&request};
    if (client::io_submit(ctx_, 1, batch) != 1) return -1000;
    std::array<io_event, 8> events{};
    const long count = client::io_getevents(ctx_, 1, 8, events.data(), nullptr);
    if (count < 1) return -1001;
    events_ += count;
    return static_cast<long>(events[0].res);
  }
  [[nodiscard]] long events() const { return events_; }

 private:
  aio_context_t ctx_;
  long events_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  aio_context_t ctx = 0;
  if (fd < 0 || client::io_setup(8, &ctx) != 0) return 2;
  Surveyor surveyor(ctx);
  Bytes bytes{};
  std::printf("write");
  for (std::size_t i = 0; i < kSectors; ++i) {
    std::memset(bytes.data(), static_cast<int>('a' + i), kSector);
    iocb request = client::request(IOCB_CMD_PWRITE, fd, bytes.data(), kSector,
                                   static_cast<std::int64_t>(i * kSector));
    if (i == 4) {
      request.aio_rw_flags = RWF_DSYNC;
      request.aio_data = 7;
    }
    std::printf(" %ld", surveyor.run(request));
  }
  bytes.fill('~');
  const long res = surveyor.run(client::request(IOCB_CMD_PREAD, fd, bytes.data(), bytes.size(), 0));
  std::printf("\nread %ld %s\n", res, letters(bytes, res).c_str());
  const long truth = pread(fd, bytes.data(), bytes.size(), 0);
  std::printf("file %s\nevents %ld\n", letters(bytes, truth).c_str(), surveyor.events());
  return client::io_destroy(ctx) == 0 ? 0 : 2;
}
