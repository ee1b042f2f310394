#include "conformance/suite/submit_support.h"

namespace conformance {

iocb preadv_of(int fd, const void* segments, std::uint64_t count, std::int64_t offset,
               std::uint64_t data) {
  return make_iocb(IOCB_CMD_PREADV, fd, segments, count, offset, data);
}

iocb pwritev_of(int fd, const void* segments, std::uint64_t count, std::int64_t offset,
                std::uint64_t data) {
  return make_iocb(IOCB_CMD_PWRITEV, fd, segments, count, offset, data);
}

iocb with_rw_flags(iocb request, std::uint32_t flags) {
  request.aio_rw_flags = static_cast<__kernel_rwf_t>(flags);
  return request;
}

iocb with_ioprio(iocb request, unsigned priority_class, unsigned data) {
  request.aio_flags |= IOCB_FLAG_IOPRIO;
  request.aio_reqprio = static_cast<std::int16_t>((priority_class << 13) | data);
  return request;
}

iocb* put(const iocb& request, void* place) {
  std::memcpy(place, &request, sizeof request);
  return static_cast<iocb*>(place);
}

int SubmitTest::file(std::size_t size, int flags) {
  const int fd = files().create(size, flags);
  EXPECT_GE(fd, 0) << "create: " << describe_result(fd);
  return fd;
}

int SubmitTest::direct_file(std::size_t pages) {
  const int fd = files().create(0, O_RDWR | O_DIRECT);
  if (fd < 0 || pages == 0) return fd;
  const Pages data(pages);
  EXPECT_EQ(files().pwrite(fd, data.data(), data.size(), 0), static_cast<ssize_t>(data.size()));
  return fd;
}

int SubmitTest::opened(const char* path, int flags) {
  const int fd = files().open(path, flags);
  EXPECT_GE(fd, 0) << path << ": " << describe_result(fd);
  return fd;
}

int SubmitTest::event_counter(unsigned initial) {
  const int fd = files().eventfd(initial, O_NONBLOCK);
  EXPECT_GE(fd, 0) << "eventfd: " << describe_result(fd);
  return fd;
}

int SubmitTest::closed_descriptor() {
  const int fd = null_device();
  files().close(fd);
  return fd;
}

std::uint64_t SubmitTest::counter_of(int eventfd) {
  std::uint64_t value = 0;
  return files().read(eventfd, &value, sizeof value) == sizeof value ? value : 0;
}

void SubmitTest::await_readable(int fd) {
  while ((files().poll(fd, POLLIN) & POLLIN) == 0) backend().breathe();
}

long SubmitTest::submit_at(Context context, const void* address) {
  iocb* list[] = {static_cast<iocb*>(const_cast<void*>(address))};
  return io_submit(context, 1, list);
}

std::uint32_t SubmitTest::key_after(Context context, iocb request, int error) {
  request.aio_key = kUntouchedKey;
  EXPECT_THAT(submit(context, request), FailsWith(error));
  return request.aio_key;
}

void SubmitTest::fill(Context context) {
  const int fd = null_device();
  char byte = 0;
  iocb request = pread_of(fd, &byte, 1, 0);
  std::vector<iocb*> many(64, &request);
  while (io_submit(context, static_cast<long>(many.size()), many.data()) > 0) {
  }
  EXPECT_THAT(submit(context, request), FailsWith(EAGAIN));
  files().close(fd);
}

long SubmitTest::result_of(Context context, iocb request) {
  return static_cast<long>(complete(context, request).res);
}

}  // namespace conformance
