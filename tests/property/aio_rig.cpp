#include "tests/property/aio_rig.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <sstream>

#include "tests/property/property.h"

namespace aioemu::property {

using aio_model::Answer;
using aio_model::Context;
using aio_model::Element;
using aio_model::Event;
using aio_model::File;
using aio_model::Inode;
using aio_model::Kind;
using aio_model::Memory;

namespace {

constexpr int kNoDescriptor = 1'000'000;
constexpr std::uint32_t kUntouchedKey = 0x1234;
constexpr std::size_t kMostElements = 400;
constexpr long kAllEvents = 512;  // more than any ring of these programs holds
constexpr int kPatience = 20'000;
constexpr std::uint64_t kPipeLimit = 30'000;  // far from full

std::uint64_t number_of(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }
iocb* iocb_at(std::uint64_t address) { return reinterpret_cast<iocb*>(address); }

aio_model::Machine machine_of(const conformance::Facts& facts, std::uint64_t aio_max_nr) {
  aio_model::Machine machine;
  machine.possible_cpus = facts.possible_cpus;
  machine.page_size = facts.page_size;
  machine.rwf_known = facts.rwf_known;
  machine.realtime_io = facts.realtime_io;
  machine.clamps_single_segment = facts.clamps_single_segment;
  machine.one_cpu = !facts.threads;
  machine.aio_max_nr = aio_max_nr;
  return machine;
}

Event event_in_slot(std::uint64_t handle, std::uint32_t slot) {
  io_event event{};
  std::memcpy(&event, reinterpret_cast<const char*>(handle) + 32 + std::size_t{32} * slot,
              sizeof event);
  RC_ASSERT(event.res2 == 0);  // K94
  return {event.data, event.obj, event.res, false};
}

std::uint32_t key_at(std::uint64_t iocb_address) {
  std::uint32_t key = 0;
  std::memcpy(&key, reinterpret_cast<const char*>(iocb_address) + offsetof(iocb, aio_key),
              sizeof key);
  return key;
}

std::uint32_t load(const volatile std::uint32_t& word) {
  return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}

}  // namespace

// ---- the surroundings ----

Rig::Rig(conformance::Backend& backend, const Limits& limits)
    : backend_(backend),
      one_cpu_(backend.facts().threads),
      limits_(limits),
      model_(aio_model::Machine{}) {
  backend_.begin_test();
  owns_limit_ =
      backend_.set_aio_max_nr(limits.aio_max_nr != 0 ? limits.aio_max_nr : backend_.aio_max_nr());
  model_.machine = machine_of(backend_.facts(), backend_.aio_max_nr());
  open_files();
}

Rig::~Rig() {
  std::string why;
  if (!backend_.end_test(&why)) ADD_FAILURE() << backend_.name() << " is unusable now: " << why;
}

void Rig::add(FileId id, int fd, std::shared_ptr<Inode> inode, bool reads, bool writes) {
  RC_ASSERT(fd >= 0);
  fds_.at(static_cast<std::size_t>(id)) = fd;
  model_.files[fd] = File{std::move(inode), reads, writes};
}

void Rig::open_files() {
  conformance::Files& files = backend_.files();
  const auto inode = [](Kind kind, std::uint64_t amount = 0) {
    return std::make_shared<Inode>(Inode{kind, amount});
  };
  add(FileId::zero_device, files.open("/dev/zero", O_RDONLY), inode(Kind::zero_device), true,
      false);
  add(FileId::null_device, files.open("/dev/null", O_RDWR), inode(Kind::null_device), true, true);
  add(FileId::directory, files.open(".", O_RDONLY | O_DIRECTORY), inode(Kind::directory), true,
      false);
  const auto file = inode(Kind::regular, 4096);
  const int regular = files.create(4096, O_RDWR);
  add(FileId::regular, regular, file, true, true);
  add(FileId::regular_read_only, files.reopen(regular, O_RDONLY), file, true, false);
  for (const FileId out : {FileId::pipe_out, FileId::second_pipe_out}) {
    int ends[2] = {-1, -1};
    RC_ASSERT(files.pipe(ends, O_NONBLOCK) == 0);
    const auto pipe = inode(Kind::pipe);
    add(out, ends[0], pipe, true, false);
    add(static_cast<FileId>(static_cast<int>(out) + 1), ends[1], pipe, false, true);
  }
  add(FileId::counter, files.eventfd(0, EFD_NONBLOCK), inode(Kind::counter), true, true);
  add(FileId::bell, files.eventfd(0, EFD_NONBLOCK), inode(Kind::counter), true, true);
  fds_.at(static_cast<std::size_t>(FileId::closed)) = kNoDescriptor;
}

std::uint64_t Rig::handle(int place, HandleKind kind) const {
  const std::uint64_t live = handles_.at(static_cast<std::size_t>(place));
  switch (kind) {
    case HandleKind::live:
      return live;
    case HandleKind::shifted:
      return live + 8;
    case HandleKind::stale:
      return stale_;
    case HandleKind::plain_memory:
      return number_of(no_ring_.data());
    case HandleKind::zero:
      break;
  }
  return 0;
}

Context& Rig::context(int place) {
  return *model_.find(handles_.at(static_cast<std::size_t>(place)));
}

// ---- iocbs ----

char* Rig::address_of(int slot, Memory memory) {
  const auto index = static_cast<std::size_t>(slot);
  // Every second one is not aligned.
  if (memory == Memory::good) return iocbs_.data() + 80 * index + index % 2;
  if (memory == Memory::read_only) return read_only_iocbs_.data() + 64 * index;
  if (index % 4 == 0) return nullptr;
  if (index % 4 == 1) return static_cast<char*>(conformance::unmapped_address());
  if (index % 4 == 2) return static_cast<char*>(conformance::kernel_address());
  return iocbs_.tail(8);  // the key and all behind it are not there
}

void Rig::build_vector(const IocbSpec& spec, Place& place, iocb& block) {
  std::array<iovec, 9>& vector = vectors_[place.element.address];
  vector.fill({reinterpret_cast<void*>(block.aio_buf), 3});
  const auto count = std::min<std::size_t>(static_cast<std::uint32_t>(spec.length), vector.size());
  if (count > 0 && spec.vector == Vector::negative_length) vector.at(count - 1).iov_len = ~0UL;
  if (spec.vector == Vector::in_kernel_half) vector[0].iov_base = conformance::kernel_address();
  place.element.segments.emplace(vector.begin(), vector.begin() + static_cast<long>(count));
  block.aio_buf = number_of(vector.data());
  if (spec.vector != Vector::unreadable) return;
  block.aio_buf = number_of(conformance::unmapped_address());
  place.element.segments.reset();
}

iocb Rig::build(const IocbSpec& spec, Place& place) {
  // The bell is only rung: see empty_bell.
  const FileId file = spec.file == FileId::bell ? FileId::counter : spec.file;
  iocb block{};
  block.aio_lio_opcode = static_cast<std::uint16_t>(spec.opcode);
  if (spec.is_sync() && !limits_.later) block.aio_lio_opcode = IOCB_CMD_PREAD;
  block.aio_fildes = static_cast<std::uint32_t>(fd(file));
  block.aio_key = kUntouchedKey;
  block.aio_data = next_data_++ * 0x9e3779b97f4a7c15;
  block.aio_nbytes = spec.length;
  block.aio_offset = spec.offset;
  block.aio_rw_flags = static_cast<__kernel_rwf_t>(spec.rw_flags);
  block.aio_reserved2 = spec.reserved;
  const bool stream = file >= FileId::pipe_out && file <= FileId::counter;
  place.element.buffer_good = spec.buffer == Buffer::good || stream;
  if (place.element.buffer_good && !spec.is_sync()) block.aio_buf = number_of(buffer_.data());
  if (spec.buffer == Buffer::in_kernel_half)
    block.aio_buf = number_of(conformance::kernel_address());
  if (spec.opcode == IOCB_CMD_POLL) block.aio_buf = spec.mask;
  if (stream && spec.length <= 4096 && !spec.is_vector()) {
    block.aio_nbytes = std::min<std::uint64_t>(spec.length, 8);
  }
  if (spec.is_vector()) build_vector(spec, place, block);
  if (spec.ioprio >= 0) {
    block.aio_flags |= IOCB_FLAG_IOPRIO;
    block.aio_reqprio = static_cast<std::int16_t>(spec.ioprio);
  }
  if (spec.bell == Bell::none) return block;
  block.aio_flags |= IOCB_FLAG_RESFD;
  constexpr std::array kBells{FileId::bell, FileId::bell, FileId::closed, FileId::regular};
  block.aio_resfd = static_cast<std::uint32_t>(fd(kBells.at(static_cast<std::size_t>(spec.bell))));
  return block;
}

void Rig::place_iocb(const IocbSpec& spec) {
  char* const address = address_of(spec.slot, spec.memory);
  Place& place = places_[number_of(address)];
  place = {};
  place.key = kUntouchedKey;
  place.element.address = number_of(address);
  place.element.memory = spec.memory;
  place.element.block = build(spec, place);
  if (spec.memory == Memory::unreadable) return;
  if (spec.memory == Memory::read_only) read_only_iocbs_.protect(PROT_READ | PROT_WRITE);
  std::memcpy(address, &place.element.block, sizeof(iocb));
  if (spec.memory == Memory::read_only) read_only_iocbs_.protect(PROT_READ);
}

// K43, K45.
void Rig::check_keys() {
  for (const auto& [address, place] : places_) {
    if (place.element.memory == Memory::unreadable) continue;
    expect("aio_key after io_submit", place.key, key_at(address));
  }
}

// ---- comparing ----

void Rig::fail(const std::string& what) const {
  note_failure(what);
  RC_FAIL(backend_.name() + ": " + what);
}

void Rig::expect(const std::string& what, long expected, long got) const {
  if (expected == got) return;
  fail(what + ": " + std::to_string(got) + ", but the model says " + std::to_string(expected));
}

void Rig::look_at(std::uint64_t handle, Context& context) {
  const std::uint32_t tail = load(conformance::ring_of(handle).tail);
  if (tail >= context.nr) fail("the ring's tail is " + std::to_string(tail));
  while (context.now.size() >= context.nr) model_.overwrite_oldest(context);
  while (context.seen != tail) {
    const Event event = event_in_slot(handle, context.seen);
    if (model_.appeared(context, event)) continue;
    std::ostringstream text;
    text << "an event that is not due, or not yet: data " << event.data << " obj " << event.obj
         << " res " << event.res << " in slot " << context.seen;
    fail(text.str());
  }
  if (!context.now.empty()) {
    fail("an event that must be in the ring is not: data " +
         std::to_string(context.now.front().data) + " res " +
         std::to_string(context.now.front().res));
  }
}

void Rig::look() {
  for (auto& [handle, context] : model_.contexts) look_at(handle, context);
}

// K19, K25, K140: all of it but the slots that a worker may be writing to.
void Rig::compare_ring(std::uint64_t handle, const Context& context) {
  const volatile conformance::Ring& ring = conformance::ring_of(handle);
  expect("the ring's id", context.id, ring.id);
  expect("the ring's nr", context.nr, ring.nr);
  expect("the ring's head", context.head, ring.head);
  expect("the ring's magic", conformance::kRingMagic, ring.magic);
  expect("the ring's compat_features", 1, ring.compat_features);
  expect("the ring's incompat_features", 0, ring.incompat_features);
  expect("the ring's header_length", 32, ring.header_length);
  const std::size_t busy = context.later.size();
  for (std::uint32_t slot = 0; slot < context.nr; ++slot) {
    if ((slot + context.nr - context.seen) % context.nr < busy) continue;
    const Event& wanted = context.ring[slot];
    const Event found = event_in_slot(handle, slot);
    if (found.data == wanted.data && found.obj == wanted.obj && found.res == wanted.res) continue;
    fail("slot " + std::to_string(slot) + " of the ring has changed: data " +
         std::to_string(found.data) + ", but the model says " + std::to_string(wanted.data));
  }
}

void Rig::compare() {
  look();
  for (const auto& [handle, context] : model_.contexts) compare_ring(handle, context);
  if (owns_limit_) {
    expect("aio-nr", static_cast<long>(model_.aio_nr()), static_cast<long>(backend_.aio_nr()));
  }
}

void Rig::settle() {
  for (int tries = 0; tries < kPatience; ++tries) {
    look();
    if (std::all_of(model_.contexts.begin(), model_.contexts.end(),
                    [](const auto& entry) { return entry.second.later.empty(); })) {
      return;
    }
    backend_.breathe();
  }
  fail("a request that must complete by itself never did");
}

void Rig::begin_command() {
  if (wild_) settle();
}

// ---- the six calls ----

void Rig::setup(const SetupCall& call) {
  std::uint64_t& place = handles_.at(static_cast<std::size_t>(call.place));
  if (place != 0) return;
  begin_command();
  conformance::Pages page(1);
  auto* ctxp = reinterpret_cast<conformance::Context*>(page.data() + 4);  // any alignment will do
  std::memcpy(ctxp, &call.old_value, sizeof *ctxp);
  if (call.ctxp == Memory::read_only) page.protect(PROT_READ);
  if (call.ctxp == Memory::unreadable) page.protect(PROT_NONE);
  const long expected = model_.setup(call.nr_events, call.ctxp, call.old_value);
  const long result = backend_.io_setup(call.nr_events, ctxp);
  // Others share this machine's limit.
  if (!owns_limit_ && result == -EAGAIN && expected == 0) return;
  expect("io_setup", expected, result);
  page.protect(PROT_READ);
  std::uint64_t handle = 0;
  std::memcpy(&handle, ctxp, sizeof handle);
  if (result == 0) {
    expect("a handle's offset in its page", 0,
           static_cast<long>(handle % model_.machine.page_size));
    model_.born(handle, call.nr_events);
    place = handle;
  } else {
    expect("*ctxp after a failure", static_cast<long>(call.old_value), static_cast<long>(handle));
  }
  compare();
}

std::vector<Element> Rig::list_elements(const SubmitCall& call, iocb*** array, long* nr) {
  for (const IocbSpec& spec : call.specs) place_iocb(spec);
  std::vector<Element> elements;
  std::vector<iocb*> pointers;
  bool listed = true;
  for (int copy = 0; copy < call.copies && listed; ++copy) {
    for (const IocbSpec& spec : call.specs) {
      listed = spec.listed;
      if (!listed || elements.size() == kMostElements) break;
      const std::uint64_t address = number_of(address_of(spec.slot, spec.memory));
      elements.push_back(places_[address].element);
      pointers.push_back(iocb_at(address));
    }
  }
  // The array ends where its page ends: the next pointer cannot be read, whether it is asked for or
  // not.
  if (!listed) elements.emplace_back().listed = false;
  *nr = static_cast<long>(elements.size()) + call.nr_change;
  elements.emplace_back().listed = false;
  char* const begin = array_.tail(pointers.size() * sizeof(iocb*));
  if (!pointers.empty()) std::memcpy(begin, pointers.data(), pointers.size() * sizeof(iocb*));
  *array = reinterpret_cast<iocb**>(begin);
  return elements;
}

long Rig::submit(const SubmitCall& call) {
  begin_command();
  if (model_.files[fd(FileId::pipe_in)].inode->amount > kPipeLimit ||
      model_.files[fd(FileId::second_pipe_in)].inode->amount > kPipeLimit) {
    return 0;
  }
  iocb** array = nullptr;
  long nr = 0;
  std::vector<Element> elements = list_elements(call, &array, &nr);
  const std::uint64_t context = handle(call.place, call.handle);
  const long result = backend_.io_submit(context, nr, array);
  expect("io_submit", model_.submit(context, nr, elements, result), result);
  for (const Element& element : elements) {
    const bool zeroed =
        element.key_zeroed || (element.key_uncertain && key_at(element.address) == 0);
    if (zeroed) places_[element.address].key = 0;
  }
  for (long i = 0; i < result; ++i) {
    accepted.push_back(elements[static_cast<std::size_t>(i)].block.aio_data);
  }
  check_keys();
  compare();
  return result;
}

void Rig::check_taken(Context& context, const io_event* events, long count) {
  const std::vector<Event> wanted = model_.took(context, count);
  expect("events in the ring", static_cast<long>(wanted.size()), count);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool same = events[i].data == wanted[i].data && events[i].obj == wanted[i].obj &&
                      events[i].res == wanted[i].res && events[i].res2 == 0;
    if (!same) {
      fail("event " + std::to_string(i) + " has data " + std::to_string(events[i].data) + " res " +
           std::to_string(events[i].res) + ", but the model says data " +
           std::to_string(wanted[i].data) + " res " + std::to_string(wanted[i].res));
    }
    delivered.push_back(wanted[i].data);
  }
}

long Rig::reap(const ReapCall& call) {
  begin_command();
  const std::uint64_t which = handle(call.place, call.handle);
  Context* const context = model_.find(which);
  if (context != nullptr && call.room >= 0) settle();
  timespec zero{0, 0};
  timespec wrapped{-1, 1'000'000'000};
  timespec brief{0, 1000};
  timespec negative{-1, 0};
  const std::array<timespec*, 6> timeouts{
      &zero,   &wrapped,  &brief,
      nullptr, &negative, static_cast<timespec*>(conformance::unmapped_address())};
  TimeoutKind kind = call.timeout;
  bool forever = kind == TimeoutKind::none || kind == TimeoutKind::negative;
  if (forever && context != nullptr &&
      aio_model::Model::visible(*context) + context->later.size() <
          static_cast<std::uint64_t>(std::max(0L, call.min_nr))) {
    kind = TimeoutKind::brief;
    forever = false;
  }
  const long room = call.room < 0 ? kAllEvents : call.room;
  auto* const events =
      reinterpret_cast<io_event*>(events_.tail(static_cast<std::size_t>(room) * sizeof(io_event)));
  const Answer answer =
      model_.reap(which, call.min_nr, call.nr, kind != TimeoutKind::unreadable, forever, room);
  timespec* const timeout = timeouts.at(static_cast<std::size_t>(kind));
  const long result =
      call.with_mask ? backend_.io_pgetevents(which, call.min_nr, call.nr, events, timeout, nullptr)
                     : backend_.io_getevents(which, call.min_nr, call.nr, events, timeout);
  if (result < answer.least || result > answer.most) expect("io_getevents", answer.most, result);
  look();
  if (result >= 0) check_taken(*context, events, result);
  compare();
  return result;
}

void Rig::cancel(const CancelCall& call) {
  if (!limits_.later) return;
  begin_command();
  const std::uint64_t which = handle(call.place, call.handle);
  char* const address = address_of(call.slot, call.memory);
  const std::uint32_t key = call.memory == Memory::unreadable ? 0 : key_at(number_of(address));
  const long expected = model_.cancel(which, number_of(address), call.memory, key);
  // K127: the result is never touched.
  auto* const nowhere = static_cast<io_event*>(conformance::kernel_address());
  expect("io_cancel", expected, backend_.io_cancel(which, iocb_at(number_of(address)), nowhere));
  compare();
}

void Rig::destroy(int place, HandleKind kind) {
  begin_command();
  const std::uint64_t which = handle(place, kind);
  const long expected = model_.destroy(which);
  expect("io_destroy", expected, backend_.io_destroy(which));
  if (expected == 0) {
    stale_ = which;
    std::replace(handles_.begin(), handles_.end(), which, std::uint64_t{0});
  }
  compare();
}

// ---- more than one call ----

void Rig::wait_and_wake(int place, bool second_pipe, int fewer) {
  if (!has(place)) return;
  settle();
  Context& target = context(place);
  const File& writer = model_.files[fd(second_pipe ? FileId::second_pipe_in : FileId::pipe_in)];
  const long coming =
      std::count_if(model_.polls.begin(), model_.polls.end(), [&](const aio_model::Poll& poll) {
        return poll.context == &target && poll.file.inode == writer.inode && poll.file.readable &&
               (poll.mask & 0x41U) != 0;
      });
  if (coming == 0 || target.head >= target.nr) return;
  const long there = aio_model::Model::visible(target);
  const long min_nr = there + std::max(1L, coming - fewer);
  auto* const events = reinterpret_cast<io_event*>(events_.data());
  const std::uint64_t which = handle(place, HandleKind::live);
  const auto call = backend_.start([=](conformance::Backend& backend) {
    return backend.io_getevents(which, min_nr, kAllEvents, events, nullptr);
  });
  if (!call->blocked()) fail("io_getevents does not sleep, though there are too few events");
  const int end = fd(second_pipe ? FileId::second_pipe_in : FileId::pipe_in);
  expect("write to a pipe", 1, backend_.files().write(end, "x", 1));
  model_.wrote(writer, 1);
  const long result = call->finish();
  if (result < min_nr || result > there + coming) expect("io_getevents", min_nr, result);
  look();
  check_taken(target, events, result);
  compare();
}

void Rig::move_head(int place, HeadMove move, std::uint32_t amount) {
  if (!has(place)) return;
  settle();
  Context& target = context(place);
  const std::uint64_t which = handle(place, HandleKind::live);
  const std::uint32_t there = aio_model::Model::visible(target);
  if (move != HeadMove::reap && !limits_.wild_heads) return;
  wild_ = wild_ || move != HeadMove::reap;
  if (move == HeadMove::reap) {
    // K143: what it skips has been used.
    if (target.head >= target.nr) return;
    for (const Event& event : model_.took(target, amount % (there + 1))) {
      delivered.push_back(event.data);
    }
  } else if (move == HeadMove::add_nr) {
    target.head = target.head % target.nr + target.nr;
  } else if (move == HeadMove::back) {
    target.head = (target.head % target.nr + target.nr - amount % target.nr) % target.nr;
  } else {
    target.head = amount;
  }
  __atomic_store_n(&conformance::ring_of(which).head, target.head, __ATOMIC_RELEASE);
  compare();
}

void Rig::touch(Touch what, int amount) {
  begin_command();
  const auto count = static_cast<std::uint64_t>(amount);
  const bool writes = what == Touch::write_pipe || what == Touch::write_second_pipe;
  const bool second = what == Touch::write_second_pipe;
  FileId id = second ? FileId::second_pipe_in : FileId::pipe_in;
  if (what == Touch::drain_pipe) id = FileId::pipe_out;
  if (what == Touch::add_to_counter || what == Touch::take_counter) id = FileId::counter;
  const File& file = model_.files[fd(id)];
  conformance::Files& files = backend_.files();
  if (writes) {
    if (file.inode->amount > kPipeLimit) return;
    expect("write to a pipe", amount, files.write(fd(id), buffer_.data(), count));
    model_.wrote(file, count);
  } else if (what == Touch::add_to_counter) {
    expect("write to an eventfd", 8, files.write(fd(id), &count, sizeof count));
    model_.wrote(file, count);
  } else if (what == Touch::drain_pipe) {
    const auto got = static_cast<long>(model_.read(file, buffer_.size()));
    expect("read of a pipe", got > 0 ? got : -EAGAIN,
           files.read(fd(id), buffer_.data(), buffer_.size()));
  } else {
    std::uint64_t value = 0;
    const std::uint64_t there = model_.read(file, 0);
    expect("read of an eventfd", there > 0 ? 8 : -EAGAIN, files.read(fd(id), &value, sizeof value));
    expect("an eventfd's counter", static_cast<long>(there), static_cast<long>(value));
  }
  compare();
}

// K91, K92: an event is in its ring before its eventfd is rung.
void Rig::empty_bell() {
  settle();
  for (int tries = 0; tries < kPatience && bell_taken_ < model_.bell; ++tries) {
    std::uint64_t value = 0;
    if (backend_.files().read(fd(FileId::bell), &value, sizeof value) == 8) bell_taken_ += value;
    if (bell_taken_ < model_.bell) backend_.breathe();
  }
  std::uint64_t more = 0;
  if (backend_.files().read(fd(FileId::bell), &more, sizeof more) == 8) bell_taken_ += more;
  expect("completions counted by the eventfd", static_cast<long>(model_.bell),
         static_cast<long>(bell_taken_));
}

// K24, K26, K137: what every call answers to a handle that is none.
namespace {
bool no_call_knows(conformance::Backend& backend, std::uint64_t handle) {
  iocb nothing{};
  io_event event{};
  timespec now{0, 0};
  return backend.io_submit(handle, 0, nullptr) == -EINVAL &&
         backend.io_getevents(handle, 0, 1, &event, &now) == -EINVAL &&
         backend.io_pgetevents(handle, 0, 1, &event, &now, nullptr) == -EINVAL &&
         backend.io_cancel(handle, &nothing, nullptr) == -EINVAL &&
         backend.io_destroy(handle) == -EINVAL;
}
}  // namespace

void Rig::hide_id(int place, std::uint32_t other) {
  if (!has(place)) return;
  begin_command();
  const std::uint64_t which = handle(place, HandleKind::live);
  volatile conformance::Ring& ring = conformance::ring_of(which);
  const std::uint32_t id = ring.id;
  ring.id = other == id ? ~id : other;
  const bool hidden = no_call_knows(backend_, which);
  ring.id = id;
  if (!hidden) fail("a context is found though its id is another one");
  compare();
}

void Rig::fork() {
  begin_command();
  const int status = backend_.in_fork([&](conformance::Backend& backend) {
    return std::all_of(handles_.begin(), handles_.end(),
                       [&](std::uint64_t each) { return no_call_knows(backend, each); })
               ? 0
               : 1;
  });
  expect("a fork child that knows none of its parent's contexts", 0, status);
  compare();
}

void Rig::drain() {
  while (!model_.polls.empty()) {
    const aio_model::Poll poll = model_.polls.front();
    const std::uint64_t obj = poll.event.obj;
    std::uint64_t which = 0;
    for (const auto& [handle, context] : model_.contexts) {
      if (&context == poll.context) which = handle;
    }
    // The program may have put another iocb there since.
    constexpr std::uint32_t kKey = 0;
    std::memcpy(reinterpret_cast<char*>(obj) + offsetof(iocb, aio_key), &kKey, sizeof kKey);
    places_[obj].key = 0;
    expect("io_cancel", model_.cancel(which, obj, Memory::good, 0),
           backend_.io_cancel(which, iocb_at(obj), nullptr));
  }
  settle();
  for (int place = 0; place < kPlaces; ++place) {
    ReapCall all;
    all.place = place;
    all.nr = kAllEvents;
    while (has(place) && reap(all) > 0) {
    }
  }
}

long Rig::fill(int place) {
  SubmitCall call;
  call.place = place;
  IocbSpec read;
  read.file = FileId::null_device;
  call.specs = {read};
  call.copies = static_cast<int>(kMostElements);
  long total = 0;
  for (long result = 1; result > 0; total += std::max(0L, result)) result = submit(call);
  ReapCall all;
  all.place = place;
  all.nr = kAllEvents;
  while (reap(all) > 0) {
  }
  return total;
}

}  // namespace aioemu::property
