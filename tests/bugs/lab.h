// What the programs of the corpus share: files whose contents are known, and a queue that uses
// kernel AIO with all the care that it needs.
//
// Each program has one mistake, in `#if FIXED ... #else ... #endif`, and does everything else
// through Queue. So the fault of its class shows that one mistake, and the corrected twin has to
// survive all that a kernel may do.
//
// A program ends with one of three statuses:
//   0  done, and all is as it says
//   1  wrong: what it says is not so, or it failed where nothing had gone wrong
//   3  gave up in good order: an error that lasts was noticed and told
//
// One thread. Nothing here throws.
#pragma once

#include <libaio.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace lab {

inline constexpr std::size_t kBlock = 4096;
inline constexpr int kBlocks = 128;  // of a file
inline constexpr int kDepth = 8;     // requests in flight

inline constexpr off_t position_of(int block) { return static_cast<off_t>(block) * 4096; }

// ---- the end ----

// "WRONG: ..." on standard output, and status 1.
[[noreturn]] void wrong(const char* format, ...) __attribute__((format(printf, 1, 2)));
// "gave up: write: No space left on device", and status 3. `error` is an errno.
[[noreturn]] void give_up(const char* what, long error);
// Gives up when `result` is -errno, else it is the value.
long need(const char* what, long result);

// ---- contents ----

struct alignas(kBlock) Block {
  std::array<char, kBlock> bytes;
  [[nodiscard]] char* data() { return bytes.data(); }
};

// Every block of a file has bytes of its own; `version` makes others.
void fill(Block& block, int number, int version = 0);
bool holds(const Block& block, int number, int version = 0);

// A file in the directory that the program was given; closed and removed at the end.
class File {
 public:
  File(const char* directory, const char* name);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

  // Without AIO: `blocks` blocks with their own contents, or zeroes.
  void write_blocks(int blocks);
  void write_zeroes(int blocks);
  [[nodiscard]] Block read_block(int number) const;
  // Ends the program as wrong where a block of the file is not what it should be.
  void expect_blocks(int blocks, int version = 0) const;

 private:
  std::string path_;
  int fd_;
};

// ---- careful AIO ----

// One transfer, from which its events are told apart by their data word. `iocb` comes first, so
// that the address of one is that of the other.
struct Request {
  iocb control{};
  std::size_t left = 0;  // bytes that have not been moved
  int failures = 0;      // in a row without a byte
  int number = 0;        // of the block

  void prepare_read(int fd, Block& block, int block_number);
  void prepare_write(int fd, Block& block, int block_number);
  void prepare_sync(int fd);

 private:
  void prepare(int block_number, std::size_t length);
};

// Sleeps a little if `result` says that the same call may succeed later (-EAGAIN, -EINTR). Gives up
// when that has gone on for seconds.
bool try_again(long result);

class Queue {
 public:
  // Waits while there is no context to be had, and gives up when there never will be.
  explicit Queue(int depth = kDepth);
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  [[nodiscard]] io_context_t context() const { return context_; }
  [[nodiscard]] int in_flight() const { return in_flight_; }

  // Returns when all are accepted.
  void submit(Request* const* batch, int count);
  void submit(Request& request);
  // The program has submitted, or reaped, so many by itself.
  void adopt(int count) { in_flight_ += count; }
  void reaped(int count) { in_flight_ -= count; }

  // The next event; waits for it.
  io_event next();
  // What an event means. True: the request is whole now. Else what is left of it has been
  // submitted again: the rest of a short transfer, or what failed and may succeed yet. Gives up
  // on what does not.
  bool settle(const io_event& event);
  // Waits until `count` requests are whole.
  void finish(int count);

 private:
  io_context_t context_ = nullptr;
  int in_flight_ = 0;
  std::deque<io_event> ready_;
};

// The request that an event is about, and its result with its sign.
Request& request_of(const io_event& event);
long result_of(const io_event& event);

// A batch of requests with their buffers.
class Batch {
 public:
  Batch() : blocks_(std::make_unique<std::array<Block, kDepth>>()) {}
  // Fills the batch with the `kDepth` blocks from `first` on.
  void prepare_reads(int fd, int first);
  void prepare_writes(int fd, int first, int version = 0);
  [[nodiscard]] Request& request(int index) { return requests_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] Block& block(int index) { return (*blocks_)[static_cast<std::size_t>(index)]; }
  // For io_submit, and for Queue::submit.
  [[nodiscard]] iocb** iocbs();
  [[nodiscard]] Request* const* requests();

 private:
  std::unique_ptr<std::array<Block, kDepth>> blocks_;
  std::array<Request, kDepth> requests_{};
  std::array<iocb*, kDepth> iocbs_{};
  std::array<Request*, kDepth> pointers_{};
};

}  // namespace lab
