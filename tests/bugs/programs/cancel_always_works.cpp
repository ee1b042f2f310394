// Waits for a request to end as cancelled, without having looked whether io_cancel agreed.
//
// io_cancel may fail: the request is just completing, or cannot be cancelled at all. Then it goes
// on as if nothing had been said, and ends when what it waits for happens. The program waits for a
// cancellation that nobody has promised.
#include <poll.h>
#include <unistd.h>

#include "tests/bugs/lab.h"

namespace {

struct Pipe {
  Pipe() { lab::need("pipe", pipe(ends)); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  int ends[2] = {-1, -1};
};

// The watch on a pipe is over; the request must be, too, before its memory is.
void stop_watching(lab::Queue& queue, lab::Request& request, const Pipe& pipe) {
  io_event event{};
  const int result = io_cancel(queue.context(), &request.control, &event);
#if FIXED
  // Not cancelled: let it end by itself.
  if (result != -EINPROGRESS && write(pipe.ends[1], "x", 1) != 1) lab::give_up("write", EIO);
#else
  static_cast<void>(result);
  static_cast<void>(pipe);
#endif
  queue.next();
}

}  // namespace

int main(int, char**) {
  Pipe pipe;
  lab::Queue queue;
  lab::Request request;
  io_prep_poll(&request.control, pipe.ends[0], POLLIN);
  request.control.data = &request;
  queue.submit(request);
  stop_watching(queue, request, pipe);
  if (queue.in_flight() != 0) lab::wrong("the watch is still there");
}
