// sleeper HOW: goes to sleep for ever; with "aio", in io_getevents while one poll is in flight;
// with "child", in a process that it leaves behind.
#include <sys/eventfd.h>
#include <unistd.h>

#include <string>

#include "tests/integration/run/clients/six_calls.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string how = argv[1];
  if (how == "child" && fork() != 0) return 0;
  if (how == "aio") {
    aio_context_t ctx = 0;
    if (client::io_setup(4, &ctx) != 0) return 2;
    iocb poll = client::request(IOCB_CMD_POLL, eventfd(0, EFD_CLOEXEC), nullptr, 0, 0);
    poll.aio_buf = 1;
    iocb* batch[] = {&poll};
    if (client::io_submit(ctx, 1, batch) != 1) return 3;
    io_event event{};
    client::io_getevents(ctx, 1, 1, &event, nullptr);
  }
  while (true) pause();
}
