// acts WORD...: does with AIO what the words say, one after the other, and prints what it sees.
//
//   setup         another context               read, write, sync, poll    one request each
//   reads         four in one batch             fire      what the poll waits for
//   look, wait, wait2    events that are there; until there is one, until there are two
//   cancel        the newest request            buffer    what the newest read found
//   bell, listen  the eventfd's count; and when it has one
//
// Each request carries a letter, by which its event is known.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>

#include "tests/integration/run/clients/six_calls.h"

namespace {

constexpr long kMany = 8;

long result(long value) { return value < 0 ? -errno : value; }

struct Request {
  iocb block{};
  std::array<char, 5> buffer{"----"};
};

class Actor {
 public:
  Actor() {
    std::string name = "/tmp/aioemu_acts_XXXXXX";
    file_ = mkstemp(name.data());
    unlink(name.c_str());
    if (write(file_, "abcdefgh", 8) != 8 || pipe2(pipe_.data(), O_CLOEXEC) != 0) std::exit(2);
    if (client::io_setup(kMany, &ctx_) != 0) std::exit(2);
  }

  bool act(const std::string& word) {
    if (word == "setup") {
      aio_context_t another = 0;
      std::printf("setup %ld\n", result(client::io_setup(1, &another)));
    } else if (word == "reads") {
      submit({&make(IOCB_CMD_PREAD), &make(IOCB_CMD_PREAD), &make(IOCB_CMD_PREAD),
              &make(IOCB_CMD_PREAD)});
    } else if (word == "read") {
      submit({&make(IOCB_CMD_PREAD)});
    } else if (word == "write") {
      submit({&make(IOCB_CMD_PWRITE)});
    } else if (word == "sync") {
      submit({&make(IOCB_CMD_FSYNC)});
    } else if (word == "poll") {
      submit({&make(IOCB_CMD_POLL)});
    } else {
      return see(word);
    }
    return true;
  }

 private:
  bool see(const std::string& word) {
    if (word == "fire") return write(pipe_[1], "x", 1) == 1;
    if (word == "look") {
      timespec none{0, 0};
      reap(word, 0, &none);
    } else if (word == "wait" || word == "wait2") {
      reap(word, word == "wait" ? 1 : 2, nullptr);
    } else if (word == "cancel") {
      io_event event{};
      iocb* const newest = &requests_.back().block;
      std::printf("cancel %ld\n", result(syscall(SYS_io_cancel, ctx_, newest, &event)));
    } else if (word == "buffer") {
      std::printf("buffer %s\n", requests_.back().buffer.data());
    } else if (word == "bell" || word == "listen") {
      pollfd entry{bell_, POLLIN, 0};
      if (word == "listen") ::poll(&entry, 1, -1);
      std::uint64_t count = 0;
      if (read(bell_, &count, sizeof count) != sizeof count) count = 0;
      std::printf("bell %lu\n", static_cast<unsigned long>(count));
    } else {
      return false;
    }
    return true;
  }

  iocb& make(unsigned short opcode) {
    Request& made = requests_.emplace_back();
    const bool transfers = opcode == IOCB_CMD_PREAD || opcode == IOCB_CMD_PWRITE;
    made.block = client::request(opcode, opcode == IOCB_CMD_POLL ? pipe_[0] : file_,
                                 transfers ? made.buffer.data() : nullptr, transfers ? 4 : 0, 0);
    if (opcode == IOCB_CMD_POLL) made.block.aio_buf = POLLIN;
    made.block.aio_data = next_++;
    made.block.aio_flags = IOCB_FLAG_RESFD;
    made.block.aio_resfd = static_cast<std::uint32_t>(bell_);
    return made.block;
  }
  void submit(std::array<iocb*, 4> list) {
    const long nr = list[3] != nullptr ? 4 : 1;
    std::printf("submit %ld\n", result(client::io_submit(ctx_, nr, list.data())));
  }
  void reap(const std::string& word, long min_nr, timespec* timeout) {
    std::array<io_event, kMany> events{};
    const long count = client::io_getevents(ctx_, min_nr, kMany, events.data(), timeout);
    std::printf("%s %ld:", word.c_str(), result(count));
    for (long i = 0; i < count; ++i) {
      const io_event& event = events[static_cast<std::size_t>(i)];
      std::printf(" %c=%ld", static_cast<char>(event.data), static_cast<long>(event.res));
    }
    std::printf("\n");
  }

  int file_ = -1;
  std::array<int, 2> pipe_{};
  int bell_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  aio_context_t ctx_ = 0;
  std::deque<Request> requests_;
  std::uint64_t next_ = 'a';
};

}  // namespace

int main(int argc, char** argv) {
  Actor actor;
  for (int i = 1; i < argc; ++i) {
    if (!actor.act(argv[i])) return 2;
    std::fflush(stdout);
  }
  return 0;
}
