// Random programs: whatever a program does, World neither crashes nor leaks, and the same program
// with the same seed goes the same way.

#include <fcntl.h>
#include <sys/socket.h>

#include <deque>
#include <optional>

#include "base/prng.h"
#include "world_fixture.h"

namespace aioemu {
namespace {

// One random program over two contexts, some files of each kind, and up to four split calls.
class Program {
 public:
  explicit Program(std::uint64_t seed)
      : random_(seed),
        world_({.plan = "complete one_in=9 short 3; complete one_in=11 errno EIO; "
                        "submit nr>=2 one_in=7 partial 1",
                .seed = seed,
                .order = static_cast<CompletionOrder>(random_.below(4))}) {
    for (aio_context_t& ctx : contexts_) EXPECT_EQ(world_.io_setup(4, &ctx), 0);
    open_files();
  }

  // What it came to: the trace, the time, and every result of a call.
  std::vector<std::uint64_t> run(int steps) {
    for (int i = 0; i < steps; ++i) step();
    log_.push_back(world_.trace_hash());
    log_.push_back(static_cast<std::uint64_t>(world_.now()));
    return log_;
  }

 private:
  void note(long result) { log_.push_back(static_cast<std::uint64_t>(result)); }
  int any_file() { return files_[random_.below(files_.size())]; }
  aio_context_t any_context() { return contexts_[random_.below(contexts_.size())]; }

  void open_files() {
    int ends[2];
    world_.pipe(ends, random_.below(2) == 0 ? O_NONBLOCK : 0);
    files_.insert(files_.end(), ends, ends + 2);
    world_.socketpair(SOCK_STREAM, ends);
    files_.insert(files_.end(), ends, ends + 2);
    int master = -1;
    files_.push_back(world_.terminal(&master));
    files_.push_back(master);
    files_.push_back(world_.create_file("file", 9000));
    files_.push_back(world_.create_file("direct", 8192, O_RDWR | O_DIRECT));
    files_.push_back(world_.eventfd(1));
    files_.push_back(world_.timerfd());
    files_.push_back(world_.create_device(DeviceKind::disk));
    files_.push_back(world_.create_block_device(4096));
  }

  iocb& random_iocb() {
    iocb& request = iocbs_[random_.below(iocbs_.size())];
    const std::array<unsigned, 7> opcodes{IOCB_CMD_PREAD, IOCB_CMD_PWRITE, IOCB_CMD_POLL,
                                          IOCB_CMD_POLL,  IOCB_CMD_PREAD,  IOCB_CMD_FSYNC,
                                          IOCB_CMD_PREADV};
    const unsigned opcode = opcodes[random_.below(opcodes.size())];
    request = make_iocb(opcode, any_file(), buffer_.data(), random_.below(64), 0, random_.next());
    if (opcode == IOCB_CMD_POLL) request = poll_of(any_file(), random_.below(8));
    if (opcode == IOCB_CMD_FSYNC) request = make_iocb(opcode, any_file(), nullptr, 0, 0);
    if (opcode == IOCB_CMD_PREADV) fill_vector(request);
    if (random_.below(3) == 0) {
      request.aio_flags = IOCB_FLAG_RESFD;
      request.aio_resfd = static_cast<std::uint32_t>(any_file());
    }
    return request;
  }

  void fill_vector(iocb& request) {
    for (auto& segment : vector_) segment = {reinterpret_cast<std::uint64_t>(buffer_.data()), 5};
    request.aio_buf = reinterpret_cast<std::uint64_t>(vector_.data());
    request.aio_nbytes = random_.below(vector_.size() + 1);
  }

  void submit() {
    // A submit that sleeps reads the rest of its array later.
    std::array<iocb*, 3>& list = lists_.emplace_back();
    for (iocb*& entry : list) entry = &random_iocb();
    begin([&] { return world_.begin_submit(any_context(), 3, list.data()); });
  }

  // Keeps the call while there is room for sleepers; ends it otherwise.
  template <typename Start>
  void begin(Start start) {
    std::optional<World::Pending>& place = calls_[random_.below(calls_.size())];
    if (place.has_value()) return;
    place.emplace(start());
    if (place->blocked()) return;
    note(place->finish());
    place.reset();
  }

  void poke_sleeper() {
    std::optional<World::Pending>& place = calls_[random_.below(calls_.size())];
    if (!place.has_value()) return;
    if (random_.below(2) == 0) place->interrupt();
    if (place->blocked()) return;
    note(place->finish());
    place.reset();
  }

  void replace_context() {
    aio_context_t& ctx = contexts_[random_.below(contexts_.size())];
    begin([&] { return world_.begin_destroy(ctx); });
    aio_context_t fresh = 0;
    if (world_.io_setup(4, &fresh) == 0) ctx = fresh;
  }

  void replace_file() {
    int& fd = files_[random_.below(files_.size())];
    note(world_.close(fd));
    fd = world_.create_file("", 100);
  }

  void step() {
    timespec soon{0, static_cast<long>(random_.below(3))};
    switch (random_.below(12)) {
      case 0:
      case 1:
      case 2:
        return submit();
      case 3:
        return note(world_.io_getevents(any_context(), 0, 16, events_.data(), &soon));
      case 4:
        return begin(
            [&] { return world_.begin_getevents(any_context(), 2, 16, events_.data(), nullptr); });
      case 5:
        return note(
            world_.io_cancel(any_context(), &iocbs_[random_.below(iocbs_.size())], nullptr));
      case 6:
        return poke_sleeper();
      case 7:
        return replace_context();
      case 8:
        return random_.below(4) == 0 ? replace_file() : note(world_.complete_next() ? 1 : 0);
      case 9:
        return begin([&] { return world_.begin_write(any_file(), buffer_.data(), 20); });
      case 10:
        note(world_.arm_timer(any_file(), static_cast<std::int64_t>(random_.below(5))));
        return world_.advance(static_cast<std::int64_t>(random_.below(5)));
      default:
        return begin([&] { return world_.begin_read(any_file(), buffer_.data(), 20); });
    }
  }

  Prng random_;
  // Memory that requests in flight may touch: gone after the World.
  std::array<char, 8192> buffer_{};
  std::array<std::array<std::uint64_t, 2>, 20> vector_{};
  std::array<io_event, 16> events_{};
  std::array<iocb, 8> iocbs_{};
  std::deque<std::array<iocb*, 3>> lists_;
  World world_;
  std::array<aio_context_t, 2> contexts_{};
  std::vector<int> files_;
  std::array<std::optional<World::Pending>, 4> calls_;
  std::vector<std::uint64_t> log_;
};

TEST(RandomPrograms, GoTheSameWayTwice) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    EXPECT_EQ(Program(seed).run(300), Program(seed).run(300)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace aioemu
