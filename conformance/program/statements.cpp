// What each statement does.

#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "conformance/program/machine.h"
#include "conformance/program/safety.h"
#include "conformance/program/verbs.h"

namespace conformance::program {
namespace {

constexpr std::uint64_t kMostEvents = 1024;  // a larger io_setup would use up the machine's quota
constexpr std::size_t kMostBytes = 8192;     // of a read or write: the data area
constexpr std::size_t kMostBlocking = 4096;  // what a pipe that reports room surely takes
constexpr std::int64_t kMomentNs = 200'000;  // a timeout that is waited out
constexpr long kMostAfterStore = 100;
constexpr std::size_t kListBytes = 2048;
constexpr int kBoth = PROT_READ | PROT_WRITE;

template <typename T>
void store(std::uint64_t address, const T& value) {
  std::memcpy(reinterpret_cast<void*>(address), &value, sizeof value);
}

FileName file_at(const Statement& one, unsigned field) {
  return static_cast<FileName>(one.field[field]);
}

// While one lives, the iocbs can be written, however a program protected them.
class OpenedIocbs {
 public:
  explicit OpenedIocbs(Arena& arena) : arena_(arena), protection_(arena.iocbs_protection()) {
    if (protection_ != kBoth) arena_.protect_iocbs(kBoth);
  }
  ~OpenedIocbs() {
    if (protection_ != kBoth) arena_.protect_iocbs(protection_);
  }
  OpenedIocbs(const OpenedIocbs&) = delete;
  OpenedIocbs& operator=(const OpenedIocbs&) = delete;

 private:
  Arena& arena_;
  int protection_;
};

bool blocks(FileName file) { return file == FileName::block_r || file == FileName::block_w; }

unsigned listed(const Statement& one) {
  unsigned count = 0;
  while (count < kListed && one.field[at::kFirst + count] != kNoPointer) ++count;
  return count;
}

// A disk moves bytes when it likes: nothing else may use the same memory meanwhile.
bool is_on_disk(const Accepted& one) { return one.file == FileName::direct; }

bool is_on_counter(const Accepted& one) {
  return one.file == FileName::eventfd || one.file == FileName::semaphore;
}

// A worker that completes a request signals its counter, which wakes polls of that, which signal
// in turn: nothing else of the same call may read how far it is, and while a fsync is under way
// no poll may ask either.
bool races_for_counter(const std::array<Accepted, kListed>& requests, bool polled) {
  bool asked = false;
  bool moved = false;
  bool notifies = false;
  bool synced = false;
  for (const Accepted& one : requests) {
    const bool poll = one.opcode == IOCB_CMD_POLL;
    const bool sync = one.opcode == IOCB_CMD_FSYNC || one.opcode == IOCB_CMD_FDSYNC;
    asked = asked || is_on_counter(one);
    moved = moved || (is_on_counter(one) && !poll);
    notifies = notifies || one.notifies;
    polled = polled || (poll && one.notifies);
    synced = synced || (sync && one.notifies);
  }
  return (synced && asked) || (polled && notifies && moved);
}

}  // namespace

void Machine::execute(const Statement& one, Step* step) {
  switch (one.verb) {
    case Verb::iocb:
      return do_iocb(one);
    case Verb::iovec:
      return do_iovec(one);
    case Verb::poke:
      return do_poke(one);
    case Verb::setup:
      step->result = do_setup(one);
      return;
    case Verb::destroy:
      step->result = do_destroy(one);
      return;
    case Verb::submit:
      return do_submit(one, step);
    case Verb::getevents:
    case Verb::pgetevents:
      return do_wait(one, step);
    case Verb::cancel:
      step->result = side_->cancel(arena_.address(unpack(one.field[at::kCancelContext])),
                                   arena_.address(unpack(one.field[at::kCancelled])),
                                   arena_.address(unpack(one.field[at::kResult])));
      return;
    case Verb::read:
    case Verb::write:
      return do_transfer(one, step);
    case Verb::close:
      closed_[one.field[at::kOn]] = true;
      step->result = side_->close(file_at(one, at::kOn));
      return;
    case Verb::dup:
      // Its text is this machine's own (do_transfer), under whatever name.
      if (file_at(one, at::kFrom) == FileName::proc) {
        step->result = kSkipped;
        return;
      }
      closed_[one.field[at::kTo]] = true;
      step->result = side_->dup(file_at(one, at::kFrom), file_at(one, at::kTo));
      return;
    case Verb::shutdown:
      step->result = side_->shutdown(file_at(one, at::kOn), static_cast<int>(one.field[at::kSize]));
      return;
    case Verb::ring: {
      stored_ = true;
      const auto slot = static_cast<unsigned>(one.field[at::kRing] % kStanding);
      const bool done = rings_.store(slot, static_cast<unsigned>(one.field[at::kRingWord]),
                                     static_cast<std::uint32_t>(one.field[at::kRingValue]));
      step->result = done ? 0 : kSkipped;
      return;
    }
    case Verb::protect:
      return do_protect(one, step);
  }
}

void Machine::do_iocb(const Statement& one) {
  const OpenedIocbs opened(arena_);
  const auto number = [&](unsigned field) {
    return static_cast<std::uint32_t>(side_->number(file_at(one, field)));
  };
  iocb request{};
  request.aio_data = one.field[at::kData];
  request.aio_key = static_cast<std::uint32_t>(one.field[at::kKey]);
  request.aio_rw_flags = static_cast<int>(one.field[at::kRwFlags]);
  request.aio_lio_opcode = static_cast<std::uint16_t>(one.field[at::kOpcode]);
  request.aio_reqprio = static_cast<std::int16_t>(one.field[at::kPrio]);
  request.aio_fildes = number(at::kFile);
  request.aio_buf = arena_.data_address(one.field[at::kBuffer]);
  request.aio_nbytes = one.field[at::kBytes];
  request.aio_offset = static_cast<std::int64_t>(one.field[at::kOffset]);
  request.aio_reserved2 = one.field[at::kReserved];
  request.aio_flags = static_cast<std::uint32_t>(one.field[at::kFlags]);
  request.aio_resfd = number(at::kResfd);
  store(arena_.iocb_address(one.field[at::kIocb]), request);
}

void Machine::do_iovec(const Statement& one) {
  const std::uint64_t to = arena_.address({Area::iovecs, 0}) + one.field[at::kSegment] * 16;
  store(to, arena_.data_address(one.field[at::kBase]));
  store(to + 8, one.field[at::kLength]);
}

void Machine::do_poke(const Statement& one) {
  const OpenedIocbs opened(arena_);
  const std::uint64_t to = arena_.iocb_address(one.field[at::kPoked]) + one.field[at::kWord] * 4;
  store(to, static_cast<std::uint32_t>(one.field[at::kPokeValue]));
}

long Machine::do_setup(const Statement& one) {
  const std::uint64_t events = one.field[at::kEvents] & 0xffffffff;
  if (events > kMostEvents && events <= max_events_) return kSkipped;
  const Place into = unpack(one.field[at::kInto]);
  const bool own = into.area == Area::handle;
  const unsigned slot = own ? into.offset / 8 % kContexts : 0;
  if (own && one.field[at::kSetupZero] != 0 && !rings_.at(slot).live) arena_.handle(slot) = 0;
  const long result = side_->setup(one.field[at::kEvents], arena_.address(into));
  if (result == 0 && own) rings_.born(slot, arena_.handle(slot));
  return result;
}

long Machine::do_destroy(const Statement& one) {
  const std::uint64_t handle = arena_.address(unpack(one.field[0]));
  // Its events go with it.
  const long result = side_->destroy(handle);
  if (result == 0) rings_.died(handle);
  return result;
}

// Fills the array from the list, over and over, as far as the call will read. Its address.
std::uint64_t Machine::write_list(const Statement& one) {
  const Place array = unpack(one.field[at::kArray]);
  const std::uint64_t address = arena_.address(array);
  if (array.area != Area::list) return address;
  const unsigned count = listed(one);
  const auto room = static_cast<std::int64_t>((kListBytes - array.offset) / 8);
  const auto wanted = static_cast<std::int64_t>(one.field[at::kNr]);
  std::array<std::uint64_t, kListed> pointers{};
  for (unsigned i = 0; i < count; ++i) {
    pointers[i] = arena_.address(unpack(one.field[at::kFirst + i]));
  }
  for (std::int64_t i = 0; i < std::min(room, wanted); ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    store(address + index * 8, count != 0 ? pointers[index % count] : 0);
  }
  return address;
}

bool Machine::harmless(const Statement& one) {
  if (unpack(one.field[at::kArray]).area != Area::list) return true;
  const auto known = [this](int number) {
    for (std::size_t i = 0; i < kFiles; ++i) {
      if (named_[i] && side_->number(static_cast<FileName>(i)) == number) return true;
    }
    return number == side_->number(FileName::closed);
  };
  for (unsigned i = 0; i < listed(one); ++i) {
    const std::uint64_t address = arena_.address(unpack(one.field[at::kFirst + i]));
    if (!harmless_iocb(arena_, address, known)) return false;
  }
  return true;
}

void Machine::do_submit(const Statement& one, Step* step) {
  const std::uint64_t list = write_list(one);
  if (!harmless(one)) {
    step->result = kSkipped;
    return;
  }
  // What the requests say now: a read among them may overwrite the others.
  const auto before = requests_to_be(one);
  const bool several = listed(one) > 1 || static_cast<std::int64_t>(one.field[at::kNr]) > 1;
  const bool overlaps = listed(one) > 1 && std::any_of(before.begin(), before.end(), is_on_disk);
  if (overlaps || (several && races_for_counter(before, requests_.has_pending_poll()))) {
    step->result = kSkipped;
    return;
  }
  Sleep sleep;
  sleep.possible = may_block_;
  sleep.unguided = may_block_ && guide_step_ == nullptr;
  sleep.certain = guide_step_ != nullptr && guide_step_->interrupted;
  // With a forged head more can complete in one call than the ring has slots, and nobody could
  // count them.
  auto nr = static_cast<long>(one.field[at::kNr]);
  if (stored_) nr = std::min(nr, kMostAfterStore);
  const Answer answer =
      side_->submit(arena_.address(unpack(one.field[at::kContext])), nr, list, sleep);
  step->result = answer.result;
  step->interrupted = answer.interrupted;
  if (unpack(one.field[at::kArray]).area == Area::list) remember(one, before, answer.result);
}

std::array<Accepted, kListed> Machine::requests_to_be(const Statement& one) {
  std::array<Accepted, kListed> described{};
  if (arena_.iocbs_protection() == PROT_NONE) return described;
  for (unsigned i = 0; i < listed(one); ++i) {
    const std::uint64_t address = arena_.address(unpack(one.field[at::kFirst + i]));
    if (!arena_.readable(address, sizeof(iocb))) continue;
    iocb request{};
    std::memcpy(&request, reinterpret_cast<const void*>(address), sizeof request);
    Accepted& to = described[i];
    to.obj = address;
    to.data = request.aio_data;
    to.opcode = request.aio_lio_opcode;
    to.notifies = (request.aio_flags & IOCB_FLAG_RESFD) != 0;
    for (std::size_t file = 0; file < kFiles; ++file) {
      const auto name = static_cast<FileName>(file);
      if (named_[file] && side_->number(name) == static_cast<int>(request.aio_fildes)) {
        to.file = name;
      }
    }
  }
  return described;
}

void Machine::remember(const Statement& one, const std::array<Accepted, kListed>& described,
                       long accepted) {
  const unsigned count = listed(one);
  const std::uint64_t handle = arena_.address(unpack(one.field[at::kContext]));
  for (unsigned slot = 0; slot < kContexts; ++slot) {
    if (!rings_.at(slot).live || rings_.at(slot).handle != handle || count == 0) continue;
    for (long i = 0; i < accepted; ++i) {
      Accepted request = described[static_cast<std::size_t>(i) % count];
      request.context = static_cast<std::uint8_t>(slot);
      request.step = index_;
      requests_.accept(request);
    }
    return;
  }
}

// K104: the sum decides, in wrapping arithmetic.
Sleep Machine::sleep_of_wait(const Statement& one) const {
  Sleep sleep;
  const Place timeout = unpack(one.field[at::kTimeout]);
  if (timeout.area == Area::time) {
    const std::uint64_t sum = one.field[at::kSeconds] * 1'000'000'000 + one.field[at::kNanoseconds];
    const auto total = static_cast<std::int64_t>(sum);
    if (total == 0) return sleep;
    const bool long_seconds = static_cast<std::int64_t>(one.field[at::kSeconds]) > 1;
    sleep.possible = true;
    sleep.times_out = total > 0 && total <= kMomentNs && !long_seconds;
  } else {
    sleep.possible = timeout.area == Area::null && timeout.offset == 0;
  }
  sleep.certain = guide_step_ != nullptr && guide_step_->interrupted;
  sleep.unguided = sleep.possible && !sleep.times_out && guide_step_ == nullptr;
  return sleep;
}

void Machine::do_wait(const Statement& one, Step* step) {
  const auto address = [&](unsigned field) { return arena_.address(unpack(one.field[field])); };
  store(arena_.address({Area::time, 0}), one.field[at::kSeconds]);
  store(arena_.address({Area::time, 0}) + 8, one.field[at::kNanoseconds]);
  const auto min_nr = static_cast<long>(one.field[at::kMin]);
  const auto nr = static_cast<long>(one.field[at::kMax]);
  const Sleep sleep = sleep_of_wait(one);
  Answer answer;
  if (one.verb == Verb::getevents) {
    answer = side_->getevents(address(at::kWaitContext), min_nr, nr, address(at::kEventArray),
                              address(at::kTimeout), sleep);
  } else {
    store(arena_.address({Area::sigset, 0}), address(at::kMask));
    store(arena_.address({Area::sigset, 0}) + 8, one.field[at::kMaskSize]);
    answer = side_->pgetevents(address(at::kWaitContext), min_nr, nr, address(at::kEventArray),
                               address(at::kTimeout), address(at::kSigset), sleep);
  }
  step->result = answer.result;
  step->interrupted = answer.interrupted;
  // K114: how much of the good part was written before the fault is nobody's promise.
  if (answer.result == -EFAULT) arena_.wipe_events();
  for (long i = 0; i < answer.result; ++i) {
    const std::uint64_t from = address(at::kEventArray) + static_cast<std::uint64_t>(i) * 32;
    if (!arena_.readable(from, sizeof(Event))) break;
    Event& event = step->reaped.emplace_back();
    std::memcpy(&event, reinterpret_cast<const void*>(from), sizeof event);
  }
}

// Never sleeps: a file that would make it sleep is left alone.
void Machine::do_transfer(const Statement& one, Step* step) {
  const FileName file = file_at(one, at::kOn);
  const bool reading = one.verb == Verb::read;
  // What the kernel's own files say differs from machine to machine.
  if (file == FileName::proc) {
    step->result = kSkipped;
    return;
  }
  const short ready = reading ? POLLIN : POLLOUT;
  if (blocks(file) && (side_->poll(file, ready) & (ready | POLLERR | POLLHUP | POLLNVAL)) == 0) {
    step->result = kSkipped;
    return;
  }
  const std::size_t most = blocks(file) ? kMostBlocking : kMostBytes;
  const auto size = std::min<std::size_t>(one.field[at::kSize], most);
  auto* const data = reinterpret_cast<char*>(arena_.address({Area::buffer, 0}));
  step->result = reading ? side_->read(file, data, size) : side_->write(file, data, size);
}

void Machine::do_protect(const Statement& one, Step* step) {
  const auto protection = static_cast<int>(one.field[at::kProtection]);
  if (one.field[at::kTarget] >= kStanding) return arena_.protect_iocbs(protection);
  const auto slot = static_cast<unsigned>(one.field[at::kTarget]);
  if (!rings_.at(slot).live) {
    step->result = kSkipped;
    return;
  }
  rings_.protect(slot, protection);
}

}  // namespace conformance::program
