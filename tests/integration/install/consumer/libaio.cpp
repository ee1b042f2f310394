// Code that calls libaio by name, served by a simulated kernel.
#include <aioemu/aioemu.h>
#include <libaio.h>

#include <array>
#include <cstdio>

int main() {
  aioemu::World world;
  const int fd = world.create_file("data", 4096);
  const aioemu::LibaioScope scope{world};
  std::array<char, 512> buffer{};
  iocb request{};
  iocb* pointer = &request;
  io_event event{};
  io_context_t ctx = nullptr;
  io_prep_pread(&request, fd, buffer.data(), buffer.size(), 0);
  if (io_setup(8, &ctx) != 0 || io_submit(ctx, 1, &pointer) != 1) return 1;
  const int events = io_getevents(ctx, 1, 1, &event, nullptr);
  if (io_destroy(ctx) != 0) return 1;
  std::printf("libaio: %d event, res %ld\n", events, static_cast<long>(event.res));
}
