// Looks for EAGAIN where the raw system call never puts it.
//
// libaio returns -EAGAIN; syscall() returns -1 and sets errno. Code that was moved from one to the
// other compares with what no longer comes, and takes "not now" for a fatal error.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tests/bugs/lab.h"

namespace {

void submit(lab::Queue& queue, lab::Request& request) {
  iocb* batch[] = {&request.control};
  for (;;) {
    const long result = syscall(SYS_io_submit, queue.context(), 1L, batch);
    if (result == 1) return queue.adopt(1);
#if FIXED
    if (result == -1 && lab::try_again(-errno)) continue;
#else
    if (lab::try_again(result)) continue;
#endif
    lab::wrong("io_submit failed, and the copy was abandoned: %s", std::strerror(errno));
  }
}

}  // namespace

int main(int, char** argv) {
  lab::File file(argv[1], "file");
  lab::Queue queue;
  lab::Batch batch;
  for (int first = 0; first < lab::kBlocks; first += lab::kDepth) {
    batch.prepare_writes(file.fd(), first);
    for (int i = 0; i < lab::kDepth; ++i) submit(queue, batch.request(i));
    queue.finish(lab::kDepth);
  }
  file.expect_blocks(lab::kBlocks);
}
