#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

#include "aioemu/runtime.h"
#include "aioemu/world.h"
#include "tests/integration/reachability/place.h"

namespace reachability {
namespace {

// The calls have the same names in both.
template <typename Engine, typename Options>
class Served : public Place {
 public:
  explicit Served(const Options& options) : engine_(options) {}

  long setup(unsigned nr, aio_context_t* ctx) override { return engine_.io_setup(nr, ctx); }
  long submit(aio_context_t ctx, long nr, iocb** iocbs) override {
    return engine_.io_submit(ctx, nr, iocbs);
  }
  long getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                 const timespec* timeout) override {
    return engine_.io_getevents(ctx, min_nr, nr, events, timeout);
  }
  long cancel(aio_context_t ctx, iocb* request, io_event* result) override {
    return engine_.io_cancel(ctx, request, result);
  }
  std::uint64_t fired(std::string_view rule) override { return engine_.fired(rule); }

 protected:
  Engine engine_;
};

class WorldPlace final : public Served<aioemu::World, aioemu::WorldOptions> {
 public:
  explicit WorldPlace(const std::string& plan) : Served({.plan = plan}) {}

  int file(std::size_t size) override { return engine_.create_file("", size); }
  void pipe(int ends[2]) override { engine_.pipe(ends); }
  int eventfd() override { return engine_.eventfd(0, O_NONBLOCK); }
  ssize_t read(int fd, void* buffer, std::size_t size) override {
    return engine_.read(fd, buffer, size);
  }
  ssize_t write(int fd, const void* buffer, std::size_t size) override {
    return engine_.write(fd, buffer, size);
  }
  std::int64_t now() override { return engine_.now(); }
  void pass(std::int64_t ns) override { engine_.advance(ns); }
  std::uint64_t power_cut() override {
    const aioemu::PowerCutReport report = engine_.power_cut();
    return report.newest + report.earlier + report.dropped + report.torn;
  }
};

class RuntimePlace final : public Served<aioemu::Runtime, aioemu::RuntimeOptions> {
 public:
  explicit RuntimePlace(const std::string& plan) : Served({.plan = plan}) {}
  ~RuntimePlace() override {
    for (const int fd : open_) close(fd);
  }

  int file(std::size_t size) override {
    std::string path = testing::TempDir() + "aioemu-reach-XXXXXX";
    const int fd = mkstemp(path.data());
    EXPECT_GE(fd, 0);
    EXPECT_EQ(unlink(path.c_str()), 0);
    EXPECT_EQ(ftruncate(fd, static_cast<off_t>(size)), 0);
    open_.push_back(fd);
    return fd;
  }
  void pipe(int ends[2]) override {
    EXPECT_EQ(::pipe(ends), 0);
    open_.insert(open_.end(), {ends[0], ends[1]});
  }
  int eventfd() override {
    open_.push_back(::eventfd(0, EFD_NONBLOCK));
    return open_.back();
  }
  ssize_t read(int fd, void* buffer, std::size_t size) override {
    const ssize_t result = ::read(fd, buffer, size);
    return result < 0 ? -errno : result;
  }
  ssize_t write(int fd, const void* buffer, std::size_t size) override {
    const ssize_t result = ::write(fd, buffer, size);
    return result < 0 ? -errno : result;
  }
  std::int64_t now() override {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
  }
  void pass(std::int64_t ns) override {
    const timespec time{ns / 1'000'000'000, ns % 1'000'000'000};
    nanosleep(&time, nullptr);
  }
  std::uint64_t power_cut() override { return 0; }

 private:
  std::vector<int> open_;
};

}  // namespace

std::unique_ptr<Place> make_place(Owner owner, const std::string& plan) {
  if (owner == Owner::world) return std::make_unique<WorldPlace>(plan);
  return std::make_unique<RuntimePlace>(plan);
}

}  // namespace reachability
