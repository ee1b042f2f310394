// Forgets what io_submit did not accept, because it can do without.
//
// A cache reads ahead, and what is not there when it is wanted is read the slow way. So a short
// submit makes nothing wrong, only slow, and no test of results will ever notice: from that day on
// the program reads most blocks one by one.
#include <array>

#include "tests/bugs/lab.h"

namespace {

// Reads blocks from `first` on into the batch. How many of them are there now.
int prefetch(lab::Queue& queue, lab::Batch& batch, int fd, int first) {
  batch.prepare_reads(fd, first);
  int accepted = 0;
  while (accepted < lab::kDepth) {
    const long result =
        io_submit(queue.context(), lab::kDepth - accepted, batch.iocbs() + accepted);
    if (lab::try_again(result)) continue;
    lab::need("io_submit", result);
    queue.adopt(static_cast<int>(result));
    accepted += static_cast<int>(result);
#if !FIXED
    break;
#endif
  }
  queue.finish(accepted);
  return accepted;
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  file.write_blocks(lab::kBlocks);
  lab::Queue queue;
  lab::Batch cache;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    const int there = prefetch(queue, cache, file.fd(), first);
    for (int i = 0; i < lab::kDepth; ++i) {
      const lab::Block block = i < there ? cache.block(i) : file.read_block(first + i);
      if (!lab::holds(block, first + i)) lab::wrong("block %d was read wrong", first + i);
    }
  }
}
