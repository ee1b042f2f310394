// Asks errno what became of a request.
//
// The result of a request is in its event. errno belongs to system calls that fail, and
// io_getevents did not fail; so it says what it said before, which is nothing.
#include <cerrno>

#include "tests/bugs/lab.h"

namespace {

bool failed(const io_event& event) {
#if FIXED
  return lab::result_of(event) != static_cast<long>(lab::kBlock);
#else
  return lab::result_of(event) != static_cast<long>(lab::kBlock) && errno != 0;
#endif
}

void finish_write(lab::Queue& queue) {
  errno = 0;
  const io_event event = queue.next();
  if (failed(event) && !queue.settle(event)) finish_write(queue);
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
