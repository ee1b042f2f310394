// Submits a write and an fsync together, and calls the write durable when the fsync has completed.
//
// An fsync covers what has completed before it was submitted. What is in flight beside it may reach
// the disk, or only the file, later. The fsync must wait for the write's event.
#include "tests/bugs/lab.h"

namespace {

void save(lab::Queue& queue, lab::Batch& batch, const lab::File& file, int number) {
  lab::Request& write = batch.request(0);
  lab::Request& sync = batch.request(1);
  lab::fill(batch.block(0), number);
  write.prepare_write(file.fd(), batch.block(0), number);
  sync.prepare_sync(file.fd());
#if FIXED
  queue.submit(write);
  queue.finish(1);
  queue.submit(sync);
#else
  queue.submit(batch.requests(), 2);
#endif
  for (;;) {
    const io_event event = queue.next();
    if (&lab::request_of(event) == &sync) {
      lab::need("fsync", lab::result_of(event));
      break;
    }
    queue.settle(event);
  }
  // Here the user is told that the block will survive a power cut.
  if (!lab::holds(file.read_block(number), number)) {
    lab::wrong("block %d was called durable, and is not even in the file", number);
  }
}

}  // namespace

int main(int, char** argv) {
  constexpr int kSaves = 20;
  lab::File file(argv[1], "file");
  file.write_zeroes(kSaves);
  lab::Queue queue;
  lab::Batch batch;
  for (int i = 0; i < kSaves; ++i) save(queue, batch, file, i);
}
