// Continues a short write at the right place of the file, but from the beginning of the buffer.
//
// The code that continues is there, and it is wrong: it has never run, because nobody has seen a
// short write on the disks that it was tried on.
#include "tests/bugs/lab.h"

namespace {

void finish_write(lab::Queue& queue) {
  const io_event event = queue.next();
#if !FIXED
  const long moved = lab::result_of(event);
  lab::Request& request = lab::request_of(event);
  if (moved > 0 && static_cast<std::size_t>(moved) < request.left) {
    auto& transfer = request.control.u.c;
    request.left -= static_cast<std::size_t>(moved);
    transfer.offset += moved;
    transfer.nbytes = request.left;
    queue.submit(request);
    return finish_write(queue);
  }
#endif
  if (!queue.settle(event)) finish_write(queue);
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
