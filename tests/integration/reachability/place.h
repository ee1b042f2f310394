// Where a scenario takes place: a simulated world, or this process with a Runtime.
#pragma once

#include <linux/aio_abi.h>
#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reachability {

class Place {
 public:
  virtual ~Place() = default;

  // The calls; 0 or a count, or -errno.
  virtual long setup(unsigned nr, aio_context_t* ctx) = 0;
  virtual long submit(aio_context_t ctx, long nr, iocb** iocbs) = 0;
  virtual long getevents(aio_context_t ctx, long min_nr, long nr, io_event* events,
                         const timespec* timeout) = 0;
  virtual long cancel(aio_context_t ctx, iocb* request, io_event* result) = 0;

  // Descriptors, open until the place is gone.
  virtual int file(std::size_t size) = 0;  // zeroes
  virtual void pipe(int ends[2]) = 0;
  virtual int eventfd() = 0;  // O_NONBLOCK

  virtual ssize_t read(int fd, void* buffer, std::size_t size) = 0;
  virtual ssize_t write(int fd, const void* buffer, std::size_t size) = 0;

  // Time: simulated, or that of a clock. pass() lets so much of it go by.
  virtual std::int64_t now() = 0;
  virtual void pass(std::int64_t ns) = 0;

  // The power goes off and on, and contexts are gone. How many blocks were not durable. Simulated
  // worlds only.
  virtual std::uint64_t power_cut() = 0;

  virtual std::uint64_t fired(std::string_view rule) = 0;

  // Kept until nothing of the place is left: what is in flight at the end may still be written to.
  std::vector<std::shared_ptr<void>> kept;
};

// The owners of the core that can carry out a plan.
enum class Owner { world, runtime };
std::unique_ptr<Place> make_place(Owner owner, const std::string& plan);

// The rest is what scenarios say to a place.

inline constexpr std::int64_t kMillisecond = 1'000'000;

// A context in a place, and requests of one block.
class Session {
 public:
  static constexpr std::size_t kBlock = 4096;

  explicit Session(Place& place) : place_(place) { renew(); }
  // Another context, the old one being gone.
  void renew() {
    context_ = 0;
    place_.setup(8, &context_);
  }
  Place& place() { return place_; }
  [[nodiscard]] aio_context_t context() const { return context_; }

  // ---- requests; they and their buffers stay until the place is gone ----
  iocb& read(int fd, std::int64_t offset = 0);
  iocb& write(int fd, char content, std::int64_t offset = 0);
  iocb& sync(int fd);
  iocb& poll(int fd);
  // What is in the buffer of a request.
  static std::string& buffer_of(const iocb& request);

  long submit(const std::vector<iocb*>& requests);
  // Events that are there now, and those that come within a while.
  std::vector<io_event> at_once();
  std::vector<io_event> after_a_while();
  // Submits one request and waits for its result.
  std::int64_t run(iocb& request);
  // What a read of the first block finds: "aaaa" is a block of a's by its sectors, "-5" an error.
  std::string contents(int fd);

 private:
  struct Made;
  iocb& make(unsigned opcode, int fd, char content, std::int64_t offset);

  Place& place_;
  aio_context_t context_ = 0;
};

// "4096 -5": the results of events, in their order.
std::string results(const std::vector<io_event>& events);

}  // namespace reachability
