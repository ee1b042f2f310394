// What the io_submit tests share: iocbs of every shape, rings that are full, one CPU.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include <cstdint>
#include <vector>

#include "conformance/harness.h"
#include "conformance/one_cpu.h"

namespace conformance {

// IOCB_CMD_PREADV and IOCB_CMD_PWRITEV; `count` goes into aio_nbytes as it is.
iocb preadv_of(int fd, const void* segments, std::uint64_t count, std::int64_t offset,
               std::uint64_t data = 0);
iocb pwritev_of(int fd, const void* segments, std::uint64_t count, std::int64_t offset,
                std::uint64_t data = 0);
iocb with_rw_flags(iocb request, std::uint32_t flags);
// Adds IOCB_FLAG_IOPRIO; the class is the upper three bits of the value.
iocb with_ioprio(iocb request, unsigned priority_class, unsigned data);
// Puts a copy at `place`, at any alignment.
iocb* put(const iocb& request, void* place);

// aio_key of an iocb that no submit has touched.
inline constexpr std::uint32_t kUntouchedKey = 0x1234;
// The longest transfer (K55, K57): longer ones are cut to it.
inline constexpr std::int64_t kLongestTransfer = 0x7ffff000;

// The verbs on top of the harness's.
class SubmitTest : public ConformanceTest {
 protected:
  // Descriptors that must open: fails the test and returns -1 otherwise.
  int file(std::size_t size = 4096, int flags = O_RDWR);
  // An O_DIRECT file of so many pages that hold data (a hole is read without any check of
  // alignment); negative where the scratch file system has no O_DIRECT.
  int direct_file(std::size_t pages);
  int opened(const char* path, int flags = O_RDWR);
  int null_device() { return opened("/dev/null"); }
  int zero_device() { return opened("/dev/zero"); }
  int event_counter(unsigned initial = 0);
  // A number that is no open descriptor, until the next one is opened.
  int closed_descriptor();
  // Reads the counter of an O_NONBLOCK eventfd: 0 when it is not readable.
  std::uint64_t counter_of(int eventfd);
  // Lets time pass until the descriptor is readable. An eventfd becomes so after its event has
  // appeared in the ring, perhaps a moment after (K92).
  void await_readable(int fd);
  // Submits the iocb at an address that need not be one.
  long submit_at(Context context, const void* address);
  // Submits `request` with its key set to kUntouchedKey first; the key afterwards.
  std::uint32_t key_after(Context context, iocb request, int error);
  // Takes every slot of the context with reads that complete at once and stay in the ring.
  void fill(Context context);
  // What one accepted request completes with.
  long result_of(Context context, iocb request);
};

}  // namespace conformance

// Ends the test when `fd` is open(2)'s EINVAL: the scratch file system (tmpfs before 6.6, for
// one) has no O_DIRECT, and the rules promise nothing about that.
#define NEEDS_DIRECT(fd)                                                                 \
  if ((fd) == -EINVAL) {                                                                 \
    UNSPECIFIED("the scratch file system has no O_DIRECT; set TMPDIR to one that does"); \
    return;                                                                              \
  }                                                                                      \
  ASSERT_GE(fd, 0)

// AIO_AREA with the verbs above.
#define SUBMIT_AREA(area)                                               \
  class area : public ::conformance::SubmitTest {};                     \
  INSTANTIATE_TEST_SUITE_P(                                             \
      Aio, area, ::testing::ValuesIn(::conformance::chosen_backends()), \
      [](const auto& parameter) { return ::conformance::test_suffix(parameter.param); })
