// Keeps res in an unsigned int on its way from the event to whoever looks at it.
//
// There it is made a long again, and -EIO has become 4294967291: neither an error nor short.
#include "tests/bugs/lab.h"

namespace {

struct Completion {
#if FIXED
  long moved;
#else
  unsigned moved;
#endif
};

Completion completion_of(const io_event& event) {
  return {static_cast<decltype(Completion::moved)>(event.res)};
}

bool is_whole(const Completion& completion) {
  const long moved = static_cast<long>(completion.moved);
  return moved >= static_cast<long>(lab::kBlock);
}

void finish_read(lab::Queue& queue) {
  const io_event event = queue.next();
  if (!is_whole(completion_of(event)) && !queue.settle(event)) finish_read(queue);
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  file.write_blocks(lab::kBlocks);
  lab::Queue queue;
  lab::Block block{};
  lab::Request request;
  for (int i = 0; i < lab::kBlocks; ++i) {
    request.prepare_read(file.fd(), block, i);
    queue.submit(request);
    finish_read(queue);
    if (!lab::holds(block, i)) lab::wrong("block %d was read wrong", i);
  }
}
