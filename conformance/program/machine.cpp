// Before, between and after the statements of a program. statements.cpp carries them out.
//
// io_setup and above all io_destroy are dear on a kernel, so the two standing contexts live from
// one program to the next. What a program leaves there is taken away: its polls are cancelled,
// everything else is waited for, the header is restored, the slots are wiped. What cannot be reset
// is where the ring stands; a program says where it wants it, and the machine moves it there by
// completing writes to /dev/null.

#include "conformance/program/machine.h"

#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "conformance/program/verbs.h"

namespace conformance::program {
namespace {

constexpr std::int64_t kPatienceNs = 300'000'000;
constexpr unsigned kRoundsWithoutGuide = 80;
constexpr std::int64_t kReleaseNs = 25'000'000;
constexpr unsigned kRoundsAfterSignal = 20;
constexpr unsigned kMostOwn = 100;  // requests in one submit of ours: below every capacity

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// Ends a wait for something that never comes.
class Patience {
 public:
  bool over() {
    if (++rounds_ < 32) return false;
    if (begun_ == 0) begun_ = now_ns();
    return now_ns() - begun_ > kPatienceNs;
  }
  [[nodiscard]] unsigned rounds() const { return rounds_; }

 private:
  unsigned rounds_ = 0;
  std::int64_t begun_ = 0;
};

std::size_t slot_of(FileName file) { return static_cast<std::size_t>(file); }

template <typename T>
std::uint64_t address_of(T* pointer) {
  return reinterpret_cast<std::uint64_t>(pointer);
}

}  // namespace

Machine::Machine(std::unique_ptr<Side> side, std::uint64_t max_events)
    : arena_(Arena::instance()), side_(std::move(side)), rings_(*side_), max_events_(max_events) {}

Machine::~Machine() { destroy_all(); }

void Machine::destroy_all() {
  for (unsigned slot = 0; slot < kContexts; ++slot) {
    RingState& state = rings_.at(slot);
    if (!state.live) continue;
    rings_.restore(slot);
    side_->destroy(state.handle);
    state.live = false;
  }
}

void Machine::make_standing() {
  if (side_->worn()) {
    destroy_all();
    rings_.forget();
    side_->renew();
  }
  for (unsigned slot = 0; slot < kStanding; ++slot) {
    if (!rings_.at(slot).live) {
      arena_.handle(slot) = 0;
      const long result =
          side_->setup(kStandingEvents[slot], arena_.address({Area::handle, slot * 8}));
      if (result != 0) {
        throw std::runtime_error(std::string("io_setup on the ") + side_->name() + " gives " +
                                 describe_result(result) + ": is fs.aio-max-nr used up?");
      }
      rings_.born(slot, arena_.handle(slot));
      side_->provide(FileName::null);
      rings_.at(slot).room = room(slot);
      settle_slots(slot);
      rings_.restore(slot);
    }
    arena_.handle(slot) = rings_.at(slot).handle;
  }
  for (unsigned slot = kStanding; slot < kContexts; ++slot) arena_.handle(slot) = 0;
}

// Writes to /dev/null, which complete inside the call.
long Machine::submit_own(unsigned slot, unsigned count) {
  iocb& request = *arena_.own_iocb();
  std::memset(&request, 0, sizeof request);
  request.aio_lio_opcode = IOCB_CMD_PWRITE;
  request.aio_fildes = static_cast<std::uint32_t>(side_->number(FileName::null));
  for (unsigned i = 0; i < count; ++i) arena_.own_list()[i] = &request;
  const Sleep awake;
  return side_->submit(rings_.at(slot).handle, count, address_of(arena_.own_list()), awake).result;
}

// K99: slots come back when a later completion finds that their events have left the ring. One
// completion in an empty ring brings all back but its own, whatever the program did before.
void Machine::settle_slots(unsigned slot) {
  std::vector<Arrival> own;
  submit_own(slot, 1);
  rings_.collect(&own);
  rings_.discard_all(slot);
}

void Machine::move_to(unsigned slot, std::uint32_t start) {
  RingState& state = rings_.at(slot);
  std::vector<Arrival> arrived;
  while (state.last_true != start % state.nr) {
    const std::uint32_t way = (start % state.nr + state.nr - state.last_true) % state.nr;
    // The last one by itself: see settle_slots.
    const long moved = submit_own(slot, way > 1 ? std::min(way - 1, kMostOwn) : 1);
    rings_.collect(&arrived);
    if (moved <= 0) throw std::runtime_error("a ring cannot be moved to where a program starts");
    rings_.discard_all(slot);
  }
  if (!arrived.empty()) rings_.restore(slot);
}

std::array<std::uint16_t, kStanding> Machine::position() {
  make_standing();
  return {static_cast<std::uint16_t>(rings_.at(0).last_true),
          static_cast<std::uint16_t>(rings_.at(1).last_true)};
}

void Machine::provide_files(const Program& program) {
  named_ = {};
  named_[static_cast<std::size_t>(FileName::null)] = true;
  for (const Statement& one : program.statements) {
    const VerbRow& row = row_of(one.verb);
    for (unsigned i = 0; i < row.count; ++i) {
      if (row.fields[i].kind == Kind::file || row.fields[i].kind == Kind::spare) {
        named_[one.field[i]] = true;
      }
    }
  }
  for (std::size_t i = 0; i < kFiles; ++i) {
    if (named_[i]) side_->provide(static_cast<FileName>(i));
  }
  may_block_ = named_[static_cast<std::size_t>(FileName::block_r)] ||
               named_[static_cast<std::size_t>(FileName::block_w)];
}

void Machine::begin(const Program& program, const Transcript* guide) {
  guide_ = guide;
  stored_ = notified_ = false;
  closed_ = {};
  requests_.forget();
  arena_.reset();
  make_standing();
  provide_files(program);
  for (unsigned slot = 0; slot < kStanding; ++slot) move_to(slot, program.start[slot]);
}

Transcript Machine::run(const Program& program, const Transcript* guide) {
  const Program plain = canonical(program);
  Transcript transcript;
  transcript.side = side_->name();
  transcript.steps.reserve(plain.statements.size());
  begin(plain, guide);
  try {
    for (std::size_t i = 0; i < plain.statements.size(); ++i) {
      const Statement& one = plain.statements[i];
      guide_step_ = guide != nullptr && i < guide->steps.size() ? &guide->steps[i] : nullptr;
      index_ = static_cast<std::uint32_t>(i);
      Step& step = transcript.steps.emplace_back();
      const std::uint32_t before = side_->signals();
      execute(one, &step);
      observe(one, i, &step);
      step.signals = side_->signals() - before;
    }
    end(plain, &transcript);
  } catch (const std::exception& problem) {
    // The emulator saw that a call would sleep for ever.
    transcript.fault = problem.what();
    rings_.forget();
    side_->end_files();
    side_->renew();
  }
  return transcript;
}

// ---- seeing ----

// A wake-up without a mask, which shutdown makes, goes to a worker even if it completes nothing;
// until that has looked, every later wake-up goes there too and says less (K83).
void Machine::wait_for_workers(Verb verb) {
  const bool wakes = verb == Verb::shutdown || verb == Verb::close;
  if (wakes && side_->takes_time() && requests_.has_pending_poll()) side_->finish_work();
}

void Machine::observe(const Statement& one, std::size_t index, Step* step) {
  wait_for_workers(one.verb);
  settle(guide_step_, &step->arrived);
  put_in_order(&step->arrived, one.verb, index);
  for (unsigned slot = 0; slot < kContexts; ++slot) step->rings[slot] = rings_.view(slot);
  step->memory = memory_after(one.verb);
}

bool Machine::as_guided(const Step& guide) {
  for (unsigned slot = 0; slot < kContexts; ++slot) {
    const RingState& state = rings_.at(slot);
    if (state.live && guide.rings[slot].there && rings_.view(slot).tail != guide.rings[slot].tail) {
      return false;
    }
  }
  return true;
}

void Machine::settle(const Step* guide, std::vector<Arrival>* arrived) {
  if (!side_->takes_time()) {
    side_->let_go_on(0);
  } else if (guide != nullptr) {
    for (Patience patience; !as_guided(*guide) && !patience.over();) {
      side_->let_go_on(patience.rounds());
    }
  } else if (guide_ == nullptr) {
    for (unsigned round = 0; round < kRoundsWithoutGuide; ++round) side_->let_go_on(round);
  }
  rings_.collect(arrived);
}

// Rule K88 orders the wake-ups of pipes and sockets, which come within the call that causes them.
bool Machine::is_apart(const Arrival& arrival, const Accepted* request, Verb verb,
                       std::size_t index) {
  if (verb == Verb::cancel || request == nullptr) return true;
  const bool disk = request->file == FileName::direct;
  switch (request->opcode) {
    case IOCB_CMD_FSYNC:
    case IOCB_CMD_FDSYNC:
      return true;
    case IOCB_CMD_POLL:
      break;
    default:
      return disk;
  }
  constexpr std::int64_t kNoMask = POLLERR | POLLHUP;
  switch (request->file) {
    case FileName::pipe_r:
    case FileName::pipe_w:
    case FileName::block_r:
    case FileName::block_w:
    case FileName::sock_a:
    case FileName::sock_b:
    case FileName::dgram_a:
    case FileName::dgram_b:
      // A wake-up without a mask: the other end went. Ready at submit: within the submit.
      return request->step != index && (arrival.event.res & kNoMask) != 0;
    default:
      return request->step != index || request->file == FileName::eventfd ||
             request->file == FileName::semaphore;
  }
}

// A kernel worker that completes a request lets go of the file a little later. When the program has
// closed that file, only then does the other end learn of it.
void Machine::wait_for_release() {
  const std::int64_t end = now_ns() + kReleaseNs;
  while (now_ns() < end) side_->let_go_on(kRoundsWithoutGuide);
}

// What completes apart may complete in any order. The ring is the program's memory: it is put
// into one order there, so that both sides go on from the same contents.
void Machine::put_in_order(std::vector<Arrival>* arrived, Verb verb, std::size_t index) {
  if (arrived->empty()) return;
  bool any = false;
  bool lets_go = false;
  notified_ = false;
  for (Arrival& one : *arrived) {
    const Accepted* const request = requests_.complete(one);
    one.apart = is_apart(one, request, verb, index);
    any = any || one.apart;
    notified_ = notified_ || (one.apart && request != nullptr && request->notifies);
    lets_go = lets_go || (request != nullptr && closed_[slot_of(request->file)]);
  }
  if (lets_go && side_->takes_time()) wait_for_release();
  if (!any) return;
  // K92: the counter is raised after the event can be seen.
  for (unsigned round = 0; notified_ && side_->takes_time() && round < 3; ++round) {
    side_->let_go_on(round);
  }
  std::stable_sort(arrived->begin(), arrived->end(), [](const Arrival& a, const Arrival& b) {
    if (a.context != b.context) return a.context < b.context;
    if (a.apart != b.apart) return b.apart;
    return a.apart && a.event < b.event;
  });
  for (unsigned slot = 0; slot < kContexts; ++slot) {
    std::vector<Event> events;
    for (const Arrival& one : *arrived) {
      if (one.context == slot) events.push_back(one.event);
    }
    if (!events.empty() && rings_.at(slot).live) rings_.rewrite_latest(slot, events);
  }
}

std::uint64_t Machine::memory_after(Verb verb) const {
  switch (verb) {
    case Verb::submit:
      return arena_.data_digest() ^ arena_.iocbs_digest();
    case Verb::getevents:
    case Verb::pgetevents:
      return arena_.events_digest();
    case Verb::cancel:
      return arena_.iocbs_digest() ^ arena_.events_digest();
    case Verb::read:
      return arena_.data_digest();
    default:
      return 0;
  }
}

// ---- the end ----

void Machine::end(const Program&, Transcript* transcript) {
  Ending& ending = transcript->ending;
  if (arena_.iocbs_protection() != (PROT_READ | PROT_WRITE)) {
    arena_.protect_iocbs(PROT_READ | PROT_WRITE);
  }
  for (unsigned slot = 0; slot < kContexts; ++slot) rings_.repair(slot);
  if (stored_) find_true_tails(&ending.arrived);
  cancel_polls();
  wait_for_missing(&ending.arrived);
  put_in_order(&ending.arrived, Verb::cancel, kMaxStatements);
  for (unsigned slot = 0; slot < kContexts; ++slot) {
    ending.missing[slot] = rings_.at(slot).live ? requests_.missing(slot) : 0;
    // K97: what completes on another CPU makes it a matter of chance.
    const bool elsewhere = named_[slot_of(FileName::direct)];
    if (rings_.at(slot).live && stored_ && !elsewhere) ending.room[slot] = room(slot);
  }
  describe_files(&ending.files);
  const std::array<bool, kStanding> stranded = find_stranded();
  for (unsigned slot = 0; slot < kContexts; ++slot) {
    RingState& state = rings_.at(slot);
    if (!state.live) continue;
    const bool used = state.used;
    rings_.restore(slot);
    if (used) settle_slots(slot);
    rings_.restore(slot);
    if (slot < kStanding && ending.missing[slot] == 0 && !stranded[slot]) continue;
    side_->destroy(state.handle);
    state.live = false;
  }
  side_->end_files();
}

// A forged tail can hide a completion by saying already what the kernel says then. One more
// completion shows how many there were.
void Machine::find_true_tails(std::vector<Arrival>* arrived) {
  for (unsigned slot = 0; slot < kContexts; ++slot) {
    if (!rings_.at(slot).live) continue;
    submit_own(slot, 1);
    rings_.collect(arrived);
    rings_.discard_all(slot);
  }
  const std::uint64_t own = address_of(arena_.own_iocb());
  const auto is_own = [own](const Arrival& one) { return one.event.obj == own; };
  arrived->erase(std::remove_if(arrived->begin(), arrived->end(), is_own), arrived->end());
}

// A cancelled poll that signals an eventfd may wake another poll there, and one that lets go of a
// file may wake a poll at its other end. So those come last, and each is given time to do it.
void Machine::cancel_polls() {
  const std::vector<const Accepted*> polls = requests_.pending_polls();
  // A cancel names an iocb; which of several polls of that iocb it meets is not ours to choose.
  const auto rank_of = [&](const Accepted* one) {
    bool closed = false;
    bool open = false;
    bool notifies = false;
    for (const Accepted* other : polls) {
      if (other->obj != one->obj) continue;
      (closed_[slot_of(other->file)] ? closed : open) = true;
      notifies = notifies || other->notifies;
    }
    return (closed && open ? 4 : 0) + (closed ? 2 : 0) + (notifies ? 1 : 0);
  };
  std::vector<std::pair<int, const Accepted*>> ranked;
  for (const Accepted* one : polls) ranked.emplace_back(rank_of(one), one);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& one, const auto& other) { return one.first < other.first; });
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const int rank = ranked[i].first;
    const Accepted* const one = ranked[i].second;
    const bool last = i + 1 == ranked.size() || ranked[i + 1].second->obj != one->obj;
    if (!rings_.at(one->context).live || !arena_.readable(one->obj, 12)) continue;
    const std::uint32_t zero = 0;
    std::memcpy(reinterpret_cast<void*>(one->obj + 8), &zero, sizeof zero);
    side_->cancel(rings_.at(one->context).handle, one->obj, 0);
    const bool lets_go = rank >= 4 || (rank >= 2 && last);
    if (lets_go && side_->takes_time()) wait_for_release();
    const unsigned rounds = rank != 0 ? kRoundsAfterSignal : 0;
    for (unsigned round = 0; round < rounds; ++round) side_->let_go_on(round);
  }
}

void Machine::wait_for_missing(std::vector<Arrival>* arrived) {
  const auto missing = [this, arrived] {
    long count = 0;
    for (unsigned slot = 0; slot < kContexts; ++slot) {
      if (rings_.at(slot).live) count += requests_.missing(slot);
    }
    return count - static_cast<long>(arrived->size());
  };
  rings_.collect(arrived);
  for (Patience patience; missing() > 0 && !patience.over();) {
    side_->let_go_on(patience.rounds());
    rings_.collect(arrived);
  }
}

// A completion on another CPU takes slots there (K97), where this CPU never finds them.
std::array<bool, kStanding> Machine::find_stranded() {
  std::array<bool, kStanding> stranded{};
  if (!named_[static_cast<std::size_t>(FileName::direct)]) return stranded;
  for (unsigned slot = 0; slot < kStanding; ++slot) {
    if (!rings_.at(slot).live) continue;
    stranded[slot] = room(slot) != rings_.at(slot).room;
  }
  return stranded;
}

// How many requests an empty ring takes.
std::uint32_t Machine::room(unsigned slot) {
  std::vector<Arrival> own;
  rings_.restore(slot);
  const long accepted = submit_own(slot, Arena::kOwnList);
  rings_.at(slot).used = true;
  rings_.collect(&own);
  rings_.discard_all(slot);
  return accepted > 0 ? static_cast<std::uint32_t>(accepted) : 0;
}

void Machine::describe_files(std::vector<std::uint64_t>* words) {
  static char bytes[1 << 16];
  for (std::size_t i = 0; i < kFiles; ++i) {
    const auto file = static_cast<FileName>(i);
    if (!named_[i]) continue;
    long size = 0;
    switch (file) {
      case FileName::rw:
      case FileName::ro:
      case FileName::memfd:
        size = side_->pread(file, bytes, 16384, 0);
        words->push_back(static_cast<std::uint64_t>(side_->size_of(file)));
        break;
      case FileName::pipe_r:
      case FileName::fifo:
      case FileName::sock_a:
      case FileName::sock_b:
      case FileName::eventfd:
      case FileName::semaphore:
        size = side_->read(file, bytes, sizeof bytes);
        break;
      default:
        continue;
    }
    words->push_back(static_cast<std::uint64_t>(size));
    if (size <= 0) continue;
    const auto length = static_cast<std::size_t>(size);
    std::memset(bytes + length, 0, std::min<std::size_t>(8, sizeof bytes - length));
    words->push_back(digest(bytes, (length + 7) / 8 * 8));
  }
}

}  // namespace conformance::program
