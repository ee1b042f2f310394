// Takes the first event for that of the first request, the second for that of the second.
//
// Requests complete in any order. What an event is about stands in its data word and in its obj.
#include "tests/bugs/lab.h"

int main(int, char** argv) {
  lab::File from(argv[1], "from");
  lab::File to(argv[1], "to");
  from.write_blocks(lab::kBlocks);
  lab::Queue queue;
  lab::Queue writer;
  lab::Batch batch;
  lab::Request request;
  int next = 0;
  while (next < lab::kBlocks) {
    batch.prepare_reads(from.fd(), next);
    queue.submit(batch.requests(), lab::kDepth);
    for (int whole = 0; whole < lab::kDepth;) {
      const io_event event = queue.next();
      if (!queue.settle(event)) continue;
      const int place = lab::request_of(event).number % lab::kDepth;
#if FIXED
      request.prepare_write(to.fd(), batch.block(place), lab::request_of(event).number);
#else
      request.prepare_write(to.fd(), batch.block(place), next + whole);
#endif
      writer.submit(request);
      writer.finish(1);
      ++whole;
    }
    next += lab::kDepth;
  }
  to.expect_blocks(lab::kBlocks);
}
