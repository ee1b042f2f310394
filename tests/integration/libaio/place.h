// Where a test's files are: on this machine, or in a simulated world.
//
// The tests themselves call libaio by name. Each of the two programs made of them brings one
// place, and with it whoever serves the calls.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>

namespace libaio_tests {

class Place {
 public:
  virtual ~Place() = default;
  // All return descriptors that stay open until the Place is gone.
  virtual int file(std::size_t size) = 0;  // zeroes, O_RDWR, buffered
  virtual void pipe(int ends[2]) = 0;
  virtual int eventfd() = 0;  // 0, O_NONBLOCK

  virtual ssize_t read(int fd, void* buffer, std::size_t size) = 0;
  virtual ssize_t write(int fd, const void* buffer, std::size_t size) = 0;
  virtual ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) = 0;
  virtual ssize_t pwrite(int fd, const void* buffer, std::size_t size, off_t offset) = 0;
};

std::unique_ptr<Place> make_place();

}  // namespace libaio_tests
