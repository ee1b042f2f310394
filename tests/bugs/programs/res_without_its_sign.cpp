// Compares res as the unsigned number that libaio declares it to be.
//
// -EIO is 18446744073709551611 then, which is not smaller than the length: the best transfer that
// there ever was.
#include "tests/bugs/lab.h"

namespace {

void finish_write(lab::Queue& queue) {
  const io_event event = queue.next();
#if FIXED
  const bool whole = lab::result_of(event) >= static_cast<long>(lab::kBlock);
#else
  const bool whole = event.res >= lab::kBlock;
#endif
  if (!whole && !queue.settle(event)) finish_write(queue);
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Block block{};
  lab::Request request;
  for (int i = 0; i < lab::kBlocks; ++i) {
    lab::fill(block, i);
    request.prepare_write(file.fd(), block, i);
    queue.submit(request);
    finish_write(queue);
  }
  file.expect_blocks(lab::kBlocks);
}
