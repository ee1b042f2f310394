// Makes the next version of a header ready in the buffer that the last one is being written from.
//
// The file is right in the end, since the last version is written, too. But while the write was in
// flight the disk may have been given a bit of both versions, with a checksum of neither. Who loses
// power then has no header at all.
#include "tests/bugs/lab.h"

int main(int, char** argv) {
  constexpr int kVersions = 20;
  lab::File file(argv[1], "header");
  lab::Queue queue;
  lab::Block header{};
  lab::Request request;
  lab::fill(header, 0, 0);
  for (int version = 0; version < kVersions; ++version) {
    request.prepare_write(file.fd(), header, 0);
    queue.submit(request);
#if FIXED
    queue.finish(1);
    if (version + 1 < kVersions) lab::fill(header, 0, version + 1);
#else
    if (version + 1 < kVersions) lab::fill(header, 0, version + 1);
    queue.finish(1);
#endif
  }
  if (!lab::holds(file.read_block(0), 0, kVersions - 1)) {
    lab::wrong("the header is not what was written last");
  }
}
