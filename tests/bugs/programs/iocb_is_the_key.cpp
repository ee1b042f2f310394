// Uses one iocb for all of its requests, and finds out by its address which request an event is of.
//
// The kernel copies the iocb, so using it again is allowed. But an event names its request by that
// address and by the data word, and with two requests in flight both are those of the newer one.
#include <array>

#include "tests/bugs/lab.h"

namespace {

std::array<int, lab::kDepth> done{};

// What has completed by now; waits for one event if `wait`.
void reap(lab::Queue& queue, bool wait) {
  std::array<io_event, lab::kDepth> events{};
  timespec none{0, 0};
  const long count = io_getevents(queue.context(), wait ? 1 : 0, lab::kDepth, events.data(),
                                  wait ? nullptr : &none);
  if (lab::try_again(count)) return;
  lab::need("io_getevents", count);
  queue.reaped(static_cast<int>(count));
  for (long i = 0; i < count; ++i) {
    const io_event& event = events[static_cast<std::size_t>(i)];
    const bool whole = lab::result_of(event) == static_cast<long>(lab::kBlock);
    const int number = lab::request_of(event).number;
    if (whole || queue.settle(event)) ++done[static_cast<std::size_t>(number)];
  }
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int i = 0; i < lab::kDepth; ++i) {
#if FIXED
    lab::Request& request = batch.request(i);
#else
    lab::Request& request = batch.request(0);
#endif
    lab::fill(batch.block(i), i);
    request.prepare_write(file.fd(), batch.block(i), i);
    queue.submit(request);
    reap(queue, false);
  }
  while (queue.in_flight() > 0) reap(queue, true);
  for (int i = 0; i < lab::kDepth; ++i) {
    const int times = done[static_cast<std::size_t>(i)];
    if (times != 1) lab::wrong("the completion of block %d was told %d times", i, times);
  }
}
