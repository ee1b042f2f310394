// ring words: a program that writes into its own ring between calls, as any program can.
//
// An input is a list of steps: submit reads that complete at once, submit a poll that waits, cancel
// it, reap, and write any value to any word of the ring's header or into the slots. Whatever is
// written: nothing crashes, no call gives more than it was asked for, and as long as id is whole
// io_submit takes at least nothing and at most what was offered. While neither head, tail nor a
// slot was touched, every accepted request is delivered exactly once, in the order of completion.
//
// After each input the ring is put right as a program can do it (K99: a head moved to the tail
// frees all slots), and must then hold as many requests as a fresh one: nothing was lost for good.

#include <linux/aio_abi.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <deque>

#include "abi/aio_abi.h"
#include "aioemu/world.h"
#include "base/check.h"
#include "fuzz/bytes.h"

namespace {

using aioemu::fuzz::Bytes;

constexpr std::size_t kMostSteps = 64;
constexpr long kMostReaped = 160;
constexpr std::size_t kPolls = 4;
constexpr std::uint32_t kId = 0;
constexpr std::size_t kIdWord = 0;
constexpr std::size_t kHeadWord = 2;
constexpr std::size_t kTailWord = 3;
constexpr std::size_t kHeaderWords = 8;

class Target {
 public:
  Target() {
    zero_ = world_.open("/dev/zero", 0);
    int ends[2] = {-1, -1};
    AIOEMU_CHECK(world_.pipe(ends) == 0);
    empty_ = ends[0];
    AIOEMU_CHECK(world_.io_setup(1, &context_) == 0);
    for (std::size_t i = 0; i < kHeaderWords; ++i) birth_[i] = word(i);
    capacity_ = fill();
    put_right();
  }

  void run(Bytes bytes) {
    touched_ = false;
    polls_ = 0;
    expected_.clear();
    for (std::size_t i = 0; i < kMostSteps && !bytes.empty(); ++i) step(bytes);
    end_polls();
    if (!touched_) expect_everything();
    put_right();
    AIOEMU_CHECK(fill() == capacity_);
    put_right();
  }

 private:
  volatile std::uint32_t& word(std::size_t index) {
    return reinterpret_cast<volatile std::uint32_t*>(context_)[index];
  }
  [[nodiscard]] bool whole() { return word(kIdWord) == kId; }

  void step(Bytes& bytes) {
    switch (bytes.below(6)) {
      case 0:
        return submit_reads(1 + bytes.below(8));
      case 1:
        return submit_poll();
      case 2:
        return cancel(bytes.below(kPolls));
      case 3:
        return reap(static_cast<long>(bytes.below(16)));
      case 4: {
        const std::size_t index = bytes.below(kHeaderWords);
        return write_word(index, bytes.take<std::uint32_t>());
      }
      default: {
        const std::size_t slot = bytes.below(128);
        return write_slot(slot, bytes.take<std::uint64_t>());
      }
    }
  }

  iocb read_request() {
    iocb request{};
    request.aio_lio_opcode = IOCB_CMD_PREAD;
    request.aio_fildes = static_cast<std::uint32_t>(zero_);
    request.aio_buf = reinterpret_cast<std::uint64_t>(&byte_);
    request.aio_nbytes = 1;
    request.aio_data = ++serial_;
    return request;
  }

  void submit_reads(std::size_t count) {
    std::array<iocb, 8> requests{};
    std::array<iocb*, 8> list{};
    for (std::size_t i = 0; i < count; ++i) {
      requests[i] = read_request();
      list[i] = &requests[i];
    }
    const long accepted = world_.io_submit(context_, static_cast<long>(count), list.data());
    if (!whole()) return check_refused(accepted);
    AIOEMU_CHECK(accepted == -EAGAIN || (accepted > 0 && accepted <= static_cast<long>(count)));
    for (long i = 0; i < accepted; ++i) {
      expected_.push_back(requests[static_cast<std::size_t>(i)].aio_data);
    }
  }

  void submit_poll() {
    if (polls_ == kPolls) return;
    iocb& request = poll_[polls_];
    request = iocb{};
    request.aio_lio_opcode = IOCB_CMD_POLL;
    request.aio_fildes = static_cast<std::uint32_t>(empty_);
    request.aio_buf = 1;  // POLLIN
    request.aio_data = ++serial_;
    iocb* list[] = {&request};
    const long accepted = world_.io_submit(context_, 1, list);
    if (!whole()) return check_refused(accepted);
    AIOEMU_CHECK(accepted == 1 || accepted == -EAGAIN);
    if (accepted == 1) pending_[polls_++] = true;
  }

  void cancel(std::size_t index) {
    if (index >= polls_) return;
    const long answer = world_.io_cancel(context_, &poll_[index], nullptr);
    if (!whole()) return check_refused(answer);
    AIOEMU_CHECK(answer == (pending_[index] ? -EINPROGRESS : -EINVAL));
    if (!pending_[index]) return;
    pending_[index] = false;
    world_.breathe();
    expected_.push_back(poll_[index].aio_data);
  }

  void reap(long nr) {
    std::array<io_event, kMostReaped> events{};
    timespec now{};
    const long got = world_.io_getevents(context_, 0, nr, events.data(), &now);
    if (!whole()) return check_refused(got);
    AIOEMU_CHECK(got >= 0 && got <= nr);
    for (long i = 0; i < got; ++i) check_event(events[static_cast<std::size_t>(i)]);
    if (!touched_) AIOEMU_CHECK(got == nr || expected_.empty());
  }

  void check_event(const io_event& event) {
    if (touched_) return;
    AIOEMU_CHECK(!expected_.empty() && event.data == expected_.front());
    expected_.pop_front();
  }

  static void check_refused(long answer) { AIOEMU_CHECK(answer == -EINVAL); }

  void write_word(std::size_t index, std::uint32_t value) {
    const bool matters = index == kHeadWord || index == kTailWord;
    if (matters && word(index) != value) touched_ = true;
    word(index) = value;
  }

  void write_slot(std::size_t slot, std::uint64_t value) {
    if (slot >= birth_[1]) return;
    const std::size_t first = kHeaderWords + slot * sizeof(io_event) / sizeof(std::uint32_t);
    touched_ = true;
    word(first) = static_cast<std::uint32_t>(value);
    word(first + 4) = static_cast<std::uint32_t>(value >> 32U);
  }

  void end_polls() {
    word(kIdWord) = kId;
    for (std::size_t i = 0; i < polls_; ++i) {
      if (pending_[i]) cancel(i);
    }
    AIOEMU_CHECK(world_.in_flight().empty());
  }

  void expect_everything() {
    reap(kMostReaped - 1);
    AIOEMU_CHECK(expected_.empty());
  }

  // The private tail cannot be read, but the next completion writes it where it can be. For that
  // one slot must be free, and some value of head frees one.
  void put_right() {
    for (std::size_t i = 0; i < kHeaderWords; ++i) {
      if (i != kHeadWord && i != kTailWord) word(i) = birth_[i];
    }
    bool completed = submit_one();
    for (std::uint32_t head = 0; !completed && head < birth_[1]; ++head) {
      word(kHeadWord) = head;
      completed = submit_one();
    }
    AIOEMU_CHECK(completed);
    word(kHeadWord) = word(kTailWord);
  }

  bool submit_one() {
    iocb request = read_request();
    iocb* list[] = {&request};
    return world_.io_submit(context_, 1, list) == 1;
  }

  // How many requests fit until EAGAIN.
  long fill() {
    long count = 0;
    while (submit_one()) ++count;
    return count;
  }

  aioemu::World world_;
  aio_context_t context_ = 0;
  int zero_ = -1;
  int empty_ = -1;
  char byte_ = 0;
  std::array<std::uint32_t, kHeaderWords> birth_{};
  long capacity_ = 0;
  std::uint64_t serial_ = 0;
  bool touched_ = false;                // head, tail or a slot was written to
  std::deque<std::uint64_t> expected_;  // data of what has completed and was not reaped
  std::array<iocb, kPolls> poll_{};
  std::array<bool, kPolls> pending_{};
  std::size_t polls_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Target* const target = new Target;  // kept: what one input leaves behind, the next finds
  target->run(Bytes(data, size));
  return 0;
}
