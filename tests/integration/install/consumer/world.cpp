// Two reads are submitted to a simulated kernel, and a fault lets it take only the first.
#include <aioemu/aioemu.h>
#include <linux/aio_abi.h>

#include <array>
#include <cstdint>
#include <cstdio>

int main() {
  aioemu::World world{{.plan = "first: submit nr>=2 when=1 partial 1", .seed = 7}};
  const int fd = world.create_file("data", 1 << 20);
  std::array<char, 1024> buffer{};
  std::array<iocb, 2> requests{};
  std::array<iocb*, 2> pointers{};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i].aio_lio_opcode = IOCB_CMD_PREAD;
    requests[i].aio_fildes = static_cast<std::uint32_t>(fd);
    requests[i].aio_buf = reinterpret_cast<std::uint64_t>(&buffer[512 * i]);
    requests[i].aio_nbytes = 512;
    pointers[i] = &requests[i];
  }
  aio_context_t ctx = 0;
  io_event event{};
  if (world.io_setup(8, &ctx) != 0) return 1;
  const long submitted = world.io_submit(ctx, 2, pointers.data());
  const long events = world.io_getevents(ctx, 1, 1, &event, nullptr);
  if (world.io_destroy(ctx) != 0 || !world.fired("first")) return 1;
  std::printf("World: %ld of 2 submitted, %ld event, res %lld\n", submitted, events, event.res);
}
