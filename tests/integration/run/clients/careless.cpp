// Submits two writes in one io_submit, once, and takes their events.
//
//   careless FILE careful   submits what was not accepted again
//   careless FILE forget    does not
//   careless FILE gone      does not, and ends without any ceremony
//   careless FILE wait      waits for both, whatever was accepted
//   careless FILE leave     takes no event before io_destroy
//   careless FILE scribble  writes to the buffer while the requests are in flight
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "tests/integration/run/clients/six_calls.h"

// A function of its own: the one that is named in stories.
extern "C" __attribute__((noinline)) long submit_some(aio_context_t ctx, long nr, iocb** list) {
  const long accepted = client::io_submit(ctx, nr, list);
  return accepted < 0 ? 0 : accepted;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string manner = argv[2];
  const int fd = open(argv[1], O_RDWR | O_CREAT, 0600);
  aio_context_t ctx = 0;
  if (fd < 0 || client::io_setup(4, &ctx) != 0) return 2;
  static char buffer[512];
  iocb first = client::request(IOCB_CMD_PWRITE, fd, buffer, sizeof buffer, 0);
  iocb second = client::request(IOCB_CMD_PWRITE, fd, buffer, sizeof buffer, 4096);
  iocb* list[] = {&first, &second};
  long accepted = submit_some(ctx, 2, list);
  if (manner == "gone") _exit(0);
  if (manner == "scribble") buffer[511] = 'x';
  while (manner == "careful" && accepted < 2) {
    accepted += submit_some(ctx, 2 - accepted, list + accepted);
  }
  io_event events[2];
  const long wanted = manner == "wait" ? 2 : accepted;
  if (manner != "leave" && client::io_getevents(ctx, wanted, 2, events, nullptr) != wanted)
    return 1;
  return client::io_destroy(ctx) == 0 ? 0 : 1;
}
