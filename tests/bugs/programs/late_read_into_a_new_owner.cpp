// Gives a read's buffer to somebody else when the read has taken too long.
//
// A read that is late is still under way, and writes into its buffer when it completes. To stop
// waiting is not to stop the read: the buffer is nobody's until the event has come.
#include "tests/bugs/lab.h"

namespace {

constexpr int kIndex = 1000;  // what the new owner keeps in its buffer

// Reads a block within a tenth of a second. False: the disk is too slow, and the caller goes to
// its other copy.
bool read_in_time(lab::Queue& queue, lab::Request& request) {
  queue.submit(request);
  timespec patience{0, 100000000};
  io_event event{};
  for (;;) {
    const long count = io_getevents(queue.context(), 1, 1, &event, &patience);
    if (lab::try_again(count)) continue;
    if (count == 0) return false;
    lab::need("io_getevents", count);
    queue.reaped(1);
    if (queue.settle(event)) return true;
  }
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  file.write_blocks(lab::kBlocks);
  lab::Queue queue;
  lab::Batch batch;
  lab::Request& request = batch.request(0);
  request.prepare_read(file.fd(), batch.block(0), 3);
  const bool done = read_in_time(queue, request);
  if (!done) batch.block(1) = file.read_block(3);
    // The reader's buffer is free again.
#if FIXED
  lab::Block& index = done ? batch.block(0) : batch.block(2);
#else
  lab::Block& index = batch.block(0);
#endif
  lab::fill(index, kIndex);
  queue.finish(queue.in_flight());
  if (!lab::holds(index, kIndex)) lab::wrong("the index was overwritten by a late read");
}
