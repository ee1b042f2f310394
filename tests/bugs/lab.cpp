#include "tests/bugs/lab.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace lab {
namespace {

constexpr int kWrong = 1;
constexpr int kGaveUp = 3;
constexpr int kPatience = 500;  // naps of a millisecond
constexpr int kAttempts = 4;    // at a transfer that moves nothing

void nap() {
  const timespec millisecond{0, 1000000};
  nanosleep(&millisecond, nullptr);
}

char byte_of(int number, int version, std::size_t at) {
  return static_cast<char>(number * 7 + version * 101 + static_cast<int>(at / 256) + 1);
}

// Errors behind which the same request may well succeed.
bool may_pass(long error) { return error == EIO || error == EAGAIN || error == EINTR; }

void must(const char* what, ssize_t result) {
  if (result < 0) give_up(what, errno);
}

}  // namespace

void wrong(const char* format, ...) {
  std::fputs("WRONG: ", stdout);
  va_list arguments;
  va_start(arguments, format);
  std::vprintf(format, arguments);
  va_end(arguments);
  std::putchar('\n');
  std::exit(kWrong);
}

void give_up(const char* what, long error) {
  std::printf("gave up: %s: %s\n", what, std::strerror(static_cast<int>(error)));
  std::exit(kGaveUp);
}

long need(const char* what, long result) {
  if (result < 0) give_up(what, -result);
  return result;
}

void fill(Block& block, int number, int version) {
  for (std::size_t i = 0; i < kBlock; ++i) block.bytes[i] = byte_of(number, version, i);
}

bool holds(const Block& block, int number, int version) {
  for (std::size_t i = 0; i < kBlock; ++i) {
    if (block.bytes[i] != byte_of(number, version, i)) return false;
  }
  return true;
}

// ---- File ----

File::File(const char* directory, const char* name)
    : path_(std::string(directory) + "/" + name),
      fd_(open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
  must(path_.c_str(), fd_);
}

File::~File() {
  close(fd_);
  unlink(path_.c_str());
}

void File::write_blocks(int blocks) {
  Block block{};
  for (int i = 0; i < blocks; ++i) {
    fill(block, i);
    must("pwrite", pwrite(fd_, block.data(), kBlock, position_of(i)));
  }
}

void File::write_zeroes(int blocks) { must("ftruncate", ftruncate(fd_, position_of(blocks))); }

Block File::read_block(int number) const {
  Block block{};
  must("pread", pread(fd_, block.data(), kBlock, position_of(number)));
  return block;
}

void File::expect_blocks(int blocks, int version) const {
  for (int i = 0; i < blocks; ++i) {
    if (!holds(read_block(i), i, version)) wrong("block %d of the file is not what was written", i);
  }
}

// ---- Request ----

void Request::prepare(int block_number, std::size_t length) {
  control.data = this;
  left = length;
  failures = 0;
  number = block_number;
}

void Request::prepare_read(int fd, Block& block, int block_number) {
  io_prep_pread(&control, fd, block.data(), kBlock, position_of(block_number));
  prepare(block_number, kBlock);
}

void Request::prepare_write(int fd, Block& block, int block_number) {
  io_prep_pwrite(&control, fd, block.data(), kBlock, position_of(block_number));
  prepare(block_number, kBlock);
}

void Request::prepare_sync(int fd) {
  io_prep_fsync(&control, fd);
  prepare(0, 0);
}

// ---- Queue ----

bool try_again(long result) {
  static int naps = 0;
  if (result != -EAGAIN && result != -EINTR) return false;
  if (++naps > kPatience) give_up("it never became better", -result);
  nap();
  return true;
}

Queue::Queue(int depth) {
  long result = io_setup(depth, &context_);
  while (try_again(result)) result = io_setup(depth, &context_);
  need("io_setup", result);
}

Queue::~Queue() { io_destroy(context_); }

void Queue::submit(Request* const* batch, int count) {
  std::vector<iocb*> iocbs;
  for (int i = 0; i < count; ++i) iocbs.push_back(&batch[i]->control);
  std::size_t accepted = 0;
  while (accepted < iocbs.size()) {
    const long left = static_cast<long>(iocbs.size() - accepted);
    const long result = io_submit(context_, left, iocbs.data() + accepted);
    if (try_again(result)) continue;
    need("io_submit", result);
    accepted += static_cast<std::size_t>(result);
    in_flight_ += static_cast<int>(result);
  }
}

void Queue::submit(Request& request) {
  Request* const batch[] = {&request};
  submit(batch, 1);
}

io_event Queue::next() {
  while (ready_.empty()) {
    std::array<io_event, kDepth> events{};
    const long result = io_getevents(context_, 1, kDepth, events.data(), nullptr);
    if (try_again(result)) continue;
    need("io_getevents", result);
    ready_.insert(ready_.end(), events.begin(), events.begin() + result);
  }
  const io_event event = ready_.front();
  ready_.pop_front();
  --in_flight_;
  return event;
}

bool Queue::settle(const io_event& event) {
  Request& request = request_of(event);
  const long result = result_of(event);
  if (result < 0 && !may_pass(-result)) give_up("a transfer", -result);
  const std::size_t moved = static_cast<std::size_t>(std::max(result, 0L));
  if (moved > request.left) wrong("more was moved than asked for");
  request.left -= moved;
  if (result >= 0 && request.left == 0) return true;
  request.failures = moved > 0 ? 0 : request.failures + 1;
  if (request.failures >= kAttempts) give_up("a transfer", result < 0 ? -result : ENODATA);
  auto& transfer = request.control.u.c;
  transfer.buf = static_cast<char*>(transfer.buf) + moved;
  transfer.offset += static_cast<long long>(moved);
  transfer.nbytes = request.left;
  submit(request);
  return false;
}

void Queue::finish(int count) {
  while (count > 0) {
    if (settle(next())) --count;
  }
}

Request& request_of(const io_event& event) { return *static_cast<Request*>(event.data); }

long result_of(const io_event& event) { return static_cast<long>(event.res); }

// ---- Batch ----

void Batch::prepare_reads(int fd, int first) {
  for (int i = 0; i < kDepth; ++i) request(i).prepare_read(fd, block(i), first + i);
}

void Batch::prepare_writes(int fd, int first, int version) {
  for (int i = 0; i < kDepth; ++i) {
    fill(block(i), first + i, version);
    request(i).prepare_write(fd, block(i), first + i);
  }
}

iocb** Batch::iocbs() {
  for (std::size_t i = 0; i < kDepth; ++i) iocbs_[i] = &requests_[i].control;
  return iocbs_.data();
}

Request* const* Batch::requests() {
  for (std::size_t i = 0; i < kDepth; ++i) pointers_[i] = &requests_[i];
  return pointers_.data();
}

}  // namespace lab
