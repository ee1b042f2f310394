// Makes a context for each file that it works on, and destroys none.
//
// fs.aio-max-nr is 65536 events for the whole machine, so for a long time nothing happens. Then
// io_setup fails, here and in every other program.
#include <memory>
#include <string>

#include "tests/bugs/lab.h"

namespace {

void write_file(const char* directory, int number) {
  lab::File file(directory, ("file" + std::to_string(number)).c_str());
  lab::Batch batch;
  auto queue = std::make_unique<lab::Queue>();
  batch.prepare_writes(file.fd(), 0);
  queue->submit(batch.requests(), lab::kDepth);
  queue->finish(lab::kDepth);
  file.expect_blocks(lab::kDepth);
#if !FIXED
  static_cast<void>(queue.release());
#endif
}

}  // namespace

int main(int, char** argv) {
  constexpr int kFiles = 20;
  for (int i = 0; i < kFiles; ++i) write_file(argv[1], i);
}
