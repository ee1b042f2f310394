// A simulated world, which also serves the calls.
#include "aioemu/libaio.h"
#include "aioemu/world.h"
#include "tests/integration/libaio/place.h"

namespace libaio_tests {
namespace {

class WorldPlace final : public Place {
 public:
  int file(std::size_t size) override { return world_.create_file("", size); }
  void pipe(int ends[2]) override { world_.pipe(ends); }
  int eventfd() override { return world_.eventfd(0, 04000 /* EFD_NONBLOCK */); }

  ssize_t read(int fd, void* buffer, std::size_t size) override {
    return world_.read(fd, buffer, size);
  }
  ssize_t write(int fd, const void* buffer, std::size_t size) override {
    return world_.write(fd, buffer, size);
  }
  ssize_t pread(int fd, void* buffer, std::size_t size, off_t offset) override {
    return world_.pread(fd, buffer, size, offset);
  }
  ssize_t pwrite(int fd, const void* buffer, std::size_t size, off_t offset) override {
    return world_.pwrite(fd, buffer, size, offset);
  }

 private:
  aioemu::World world_;
  aioemu::LibaioScope scope_{world_};
};

}  // namespace

std::unique_ptr<Place> make_place() { return std::make_unique<WorldPlace>(); }

}  // namespace libaio_tests
