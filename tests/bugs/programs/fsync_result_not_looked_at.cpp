// Tells its user "saved" when the fsync has completed, whatever it completed with.
//
// An fsync that failed is the only notice that earlier writes did not reach the disk, and it is
// given once: the next one may succeed, and will not bring the bytes back. What must be done is to
// write them again.
#include "tests/bugs/lab.h"

namespace {

long sync(lab::Queue& queue, int fd) {
  lab::Request request;
  request.prepare_sync(fd);
  queue.submit(request);
  return lab::result_of(queue.next());
}

void write_batch(lab::Queue& queue, lab::Batch& batch, int fd, int first) {
  batch.prepare_writes(fd, first);
  queue.submit(batch.requests(), lab::kDepth);
  queue.finish(lab::kDepth);
}

void save(lab::Queue& queue, lab::Batch& batch, int fd, int first) {
  long durable = -EIO;
  for (int attempt = 0; attempt < 4 && durable != 0; ++attempt) {
    write_batch(queue, batch, fd, first);
    durable = sync(queue, fd);
#if !FIXED
    break;
#endif
  }
#if FIXED
  lab::need("fsync", durable);
#endif
  // Here the user is told "saved".
  if (durable != 0) lab::wrong("blocks from %d on were called saved, and fsync had failed", first);
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    save(queue, batch, file.fd(), first);
  }
  file.expect_blocks(lab::kBlocks);
}
