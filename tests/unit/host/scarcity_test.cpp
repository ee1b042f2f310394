// When the system gives nothing more.

#include <sys/resource.h>

#include "runtime_fixture.h"

namespace aioemu {
namespace {

using ScarcityTest = RuntimeTest;

TEST_F(ScarcityTest, AnFsyncIsDoneWithoutMemoryForAThread) {
  const Fd file = file_with("text");
  EXPECT_EQ(in_fork([&] {
              alarm(20);
              Runtime own;
              aio_context_t ctx = 0;
              if (own.io_setup(8, &ctx) != 0) return 1;
              const rlimit none{1, 1};
              setrlimit(RLIMIT_AS, &none);
              iocb block = request(IOCB_CMD_FSYNC, file, nullptr, 0);
              iocb* list[] = {&block};
              if (own.io_submit(ctx, 1, list) != 1) return 2;
              io_event event{};
              const timespec limit{10, 0};
              if (own.io_getevents(ctx, 1, 1, &event, &limit) != 1) return 3;
              _exit(event.res == 0 ? 0 : 4);
            }),
            0);
}

}  // namespace
}  // namespace aioemu
