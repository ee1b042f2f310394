#include "tests/model/aio_model.h"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace aio_model {
namespace {

constexpr std::uint32_t kIn = 0x1, kOut = 0x4, kErr = 0x8, kHup = 0x10, kRdnorm = 0x40;
constexpr std::uint32_t kWrnorm = 0x100;
constexpr std::uint32_t kAppend = 0x10, kNoappend = 0x20;
constexpr std::uint64_t kLongest = 0x7ffff000;
constexpr std::uint64_t kMostDoubled = 8388608;
#if defined(__aarch64__)
constexpr std::uint64_t kUserEnd = 0x1000000000000;
#else
constexpr std::uint64_t kUserEnd = 0x7ffffffff000;
#endif

bool is_read(const iocb& block) {
  return block.aio_lio_opcode == IOCB_CMD_PREAD || block.aio_lio_opcode == IOCB_CMD_PREADV;
}
bool is_vector(const iocb& block) {
  return block.aio_lio_opcode == IOCB_CMD_PREADV || block.aio_lio_opcode == IOCB_CMD_PWRITEV;
}
bool in_user_half(std::uint64_t base, std::uint64_t length) {
  return base <= kUserEnd && length <= kUserEnd - base;
}

// What poll(2) would say of it.
std::uint32_t poll_state(const File& file) {
  const bool some = file.inode->amount > 0;
  switch (file.inode->kind) {
    case Kind::pipe:
      return file.readable ? (some ? kIn | kRdnorm : 0) : kOut | kWrnorm;
    case Kind::counter:
      return (some ? kIn : 0) | kOut;
    default:
      return kIn | kOut | kRdnorm | kWrnorm;
  }
}

bool can_wait(const File& file) {
  return file.inode->kind == Kind::pipe || file.inode->kind == Kind::counter;
}

std::uint64_t length_of(const Element& element) {
  if (!is_vector(element.block)) return std::min<std::uint64_t>(element.block.aio_nbytes, kLongest);
  std::uint64_t total = 0;
  if (static_cast<std::uint32_t>(element.block.aio_nbytes) == 0) return 0;
  for (const iovec& segment : *element.segments) total += std::min(segment.iov_len, kLongest);
  return std::min(total, kLongest);
}

}  // namespace

// ---- io_setup: K1-K7, K13, K17, K20 ----

long Model::setup(std::uint64_t nr_events, Memory ctxp, std::uint64_t old_value) const {
  const auto nr = static_cast<std::uint32_t>(nr_events);
  const auto doubled = static_cast<std::uint32_t>(2 * std::max(nr, 4 * machine.possible_cpus));
  if (ctxp == Memory::unreadable) return -EFAULT;
  if (old_value != 0 || nr == 0) return -EINVAL;
  if (doubled > kMostDoubled) return -EINVAL;
  if (doubled == 0 || nr > machine.aio_max_nr) return -EAGAIN;
  if (aio_nr() + nr > machine.aio_max_nr) return -EAGAIN;
  return ctxp == Memory::read_only ? -EFAULT : 0;
}

Context& Model::born(std::uint64_t handle, std::uint64_t nr_events) {
  Context context;
  while (std::any_of(contexts.begin(), contexts.end(),
                     [&](const auto& other) { return other.second.id == context.id; })) {
    ++context.id;
  }
  context.charged = static_cast<std::uint32_t>(nr_events);
  const std::uint32_t wanted = 2 * std::max(context.charged, 4 * machine.possible_cpus) + 2;
  std::size_t bytes = machine.page_size;
  while (bytes < 32 + std::size_t{32} * wanted) bytes += machine.page_size;
  context.nr = static_cast<std::uint32_t>(bytes / 32 - 1);
  context.batch = std::max(1U, (context.nr - 1) / (4 * machine.possible_cpus));
  context.pool = context.nr - 1;
  context.ring.resize(context.nr);
  return contexts[handle] = context;
}

std::uint64_t Model::aio_nr() const {
  std::uint64_t sum = 0;
  for (const auto& context : contexts) sum += context.second.charged;
  return sum;
}

Context* Model::find(std::uint64_t handle) {
  const auto found = contexts.find(handle);
  return found == contexts.end() ? nullptr : &found->second;
}

// ---- slots: K95, K98, K99 ----

bool Model::take_slot(Context& context, bool gave_up_here) {
  if (context.stash == 0 && context.pool < context.batch) reclaim(context);
  if (context.one_stash) {
    if (context.stash == 0 && context.pool < context.batch) return false;
    if (context.stash == 0) {
      context.pool -= context.batch;
      context.stash = context.batch;
    }
  } else {
    // K97: between what was asked for and N - 1.
    reclaim(context);
    const std::uint32_t held = context.nr - 1 - context.pool - context.stash;
    if (held == context.nr - 1 || (held >= context.charged && gave_up_here)) return false;
    if (context.stash == 0) {
      --context.pool;
      ++context.stash;
    }
  }
  --context.stash;
  return true;
}

void Model::give_slots(Context& context, std::uint32_t count) {
  context.stash += count;
  while (context.stash >= 2 * context.batch) {
    context.stash -= context.batch;
    context.pool += context.batch;
  }
}

void Model::reclaim(Context& context) {
  const std::uint32_t in_ring =
      (context.tail + context.nr - context.head % context.nr) % context.nr;
  if (context.completed <= in_ring) return;
  give_slots(context, context.completed - in_ring);
  context.completed = in_ring;
}

// ---- io_submit ----

long Model::submit(std::uint64_t handle, long nr, std::vector<Element>& elements, long observed) {
  Context* const context = find(handle);
  if (nr < 0 || context == nullptr) return -EINVAL;  // K32
  const long most = std::min<long>(nr, context->nr);
  for (long done = 0; done < most; ++done) {
    const bool gave_up_here = observed == (done > 0 ? done : -EAGAIN);
    const int error = submit_one(*context, elements[static_cast<std::size_t>(done)], gave_up_here);
    if (error != 0) return done > 0 ? done : -error;  // K34
  }
  return most;
}

int Model::submit_one(Context& context, Element& element, bool gave_up_here) {
  if (!element.listed || element.memory == Memory::unreadable) return EFAULT;  // K35, K37
  if (element.block.aio_reserved2 != 0) return EINVAL;                         // K38
  if (static_cast<std::int64_t>(element.block.aio_nbytes) < 0) return EINVAL;  // K39
  if (!take_slot(context, gave_up_here)) {                                     // K40
    element.key_uncertain = !context.one_stash;
    return EAGAIN;
  }
  std::uint32_t poll_ready = 0;
  const int error = refusal(element, poll_ready);
  if (error != 0) {
    give_slots(context, 1);  // K48
  } else {
    carry_out(context, element, poll_ready);
  }
  return error;
}

int Model::refusal(Element& element, std::uint32_t& poll_ready) const {
  const iocb& block = element.block;
  const auto file = files.find(static_cast<int>(block.aio_fildes));
  if (file == files.end()) return EBADF;  // K41
  if ((block.aio_flags & IOCB_FLAG_RESFD) != 0) {
    const auto other = files.find(static_cast<int>(block.aio_resfd));
    if (other == files.end()) return EBADF;                         // K42
    if (other->second.inode->kind != Kind::counter) return EINVAL;  // K42
  }
  if (element.memory == Memory::read_only) return EFAULT;  // K43
  element.key_zeroed = true;                               // K45
  switch (block.aio_lio_opcode) {
    case IOCB_CMD_PREAD:
    case IOCB_CMD_PWRITE:
    case IOCB_CMD_PREADV:
    case IOCB_CMD_PWRITEV:
      return transfer_refusal(element, file->second);
    case IOCB_CMD_FSYNC:
    case IOCB_CMD_FDSYNC: {
      const Kind kind = file->second.inode->kind;
      const bool unused = block.aio_buf == 0 && block.aio_nbytes == 0 && block.aio_offset == 0 &&
                          block.aio_rw_flags == 0;
      return unused && (kind == Kind::regular || kind == Kind::directory) ? 0 : EINVAL;  // K76-K78
    }
    case IOCB_CMD_POLL:
      return poll_refusal(element, file->second, poll_ready);
    default:
      return EINVAL;  // K44
  }
}

int Model::transfer_refusal(const Element& element, const File& file) const {
  const iocb& block = element.block;
  if ((block.aio_flags & IOCB_FLAG_IOPRIO) != 0) {  // K51
    const unsigned io_class = static_cast<std::uint16_t>(block.aio_reqprio) >> 13U;
    if (io_class == 0 && (static_cast<std::uint16_t>(block.aio_reqprio) & 7U) != 0) return EINVAL;
    if (io_class == 1 && !machine.realtime_io) return EPERM;
    if (io_class > 3) return EINVAL;
  }
  const auto flags = static_cast<std::uint32_t>(block.aio_rw_flags);  // K52
  if ((flags & ~machine.rwf_known) != 0) return EOPNOTSUPP;
  if ((flags & kAppend) != 0 && (flags & kNoappend) != 0) return EINVAL;
  if (is_read(block) ? !file.readable : !file.writable) return EBADF;       // K53
  if (file.inode->kind == Kind::directory) return EINVAL;                   // K54
  if (file.inode->kind == Kind::counter && !is_read(block)) return EINVAL;  // K54
  std::uint64_t length = 0;
  if (const int error = buffer_refusal(element, length)) return error;
  if (block.aio_offset < 0) return EINVAL;  // K58
  const auto end = static_cast<std::uint64_t>(block.aio_offset) + length;
  return end > std::uint64_t{std::numeric_limits<std::int64_t>::max()} ? EINVAL : 0;
}

// K55-K57.
int Model::buffer_refusal(const Element& element, std::uint64_t& length) const {
  const iocb& block = element.block;
  if (!is_vector(block)) {
    length = length_of(element);
    return in_user_half(block.aio_buf, length) ? 0 : EFAULT;
  }
  const auto count = static_cast<std::uint32_t>(block.aio_nbytes);
  if (count == 0) return 0;
  if (count > 1024) return EINVAL;
  if (!element.segments.has_value()) return EFAULT;
  for (const iovec& segment : *element.segments) {
    if (static_cast<std::int64_t>(segment.iov_len) < 0) return EINVAL;
  }
  for (iovec segment : *element.segments) {
    if (count == 1 && machine.clamps_single_segment) {
      segment.iov_len = std::min(segment.iov_len, kLongest);
    }
    const auto base = reinterpret_cast<std::uint64_t>(segment.iov_base);
    if (!in_user_half(base, segment.iov_len)) return EFAULT;
  }
  length = length_of(element);
  return 0;
}

// K80-K82, K85.
int Model::poll_refusal(const Element& element, const File& file, std::uint32_t& ready) const {
  const iocb& block = element.block;
  if (block.aio_buf > 0xffff || block.aio_nbytes != 0) return EINVAL;
  if (block.aio_offset != 0 || block.aio_rw_flags != 0) return EINVAL;
  ready = poll_state(file) & (static_cast<std::uint32_t>(block.aio_buf) | kErr | kHup);
  return ready == 0 && !can_wait(file) ? EINVAL : 0;
}

void Model::carry_out(Context& context, const Element& element, std::uint32_t poll_ready) {
  const iocb& block = element.block;
  const File file = files.at(static_cast<int>(block.aio_fildes));
  Event event{block.aio_data, element.address, 0, (block.aio_flags & IOCB_FLAG_RESFD) != 0};
  if (block.aio_lio_opcode == IOCB_CMD_FSYNC || block.aio_lio_opcode == IOCB_CMD_FDSYNC) {
    context.later.push_back(event);  // K79
  } else if (block.aio_lio_opcode != IOCB_CMD_POLL) {
    event.res = transfer(element, file);
    complete_now(context, event);  // K73
  } else if (poll_ready != 0) {
    event.res = poll_ready;
    complete_now(context, event);  // K82
  } else {
    const auto mask = static_cast<std::uint32_t>(block.aio_buf) | kErr | kHup;
    polls.push_back({&context, file, mask, event});
  }
}

// K59, K63, K67, K69, K72.
std::int64_t Model::transfer(const Element& element, const File& file) {
  const iocb& block = element.block;
  const std::uint64_t length = length_of(element);
  std::uint64_t& amount = file.inode->amount;
  const auto offset = static_cast<std::uint64_t>(block.aio_offset);
  const std::int64_t bad = element.buffer_good ? 0 : -EFAULT;
  switch (file.inode->kind) {
    case Kind::zero_device:
      return length > 0 && bad != 0 ? bad : static_cast<std::int64_t>(length);
    case Kind::null_device:
      return is_read(block) ? 0 : static_cast<std::int64_t>(length);
    case Kind::counter:
      if (length < 8) return -EINVAL;
      return read(file, 1) > 0 ? 8 : -EAGAIN;
    case Kind::pipe:
      if (length == 0) return 0;
      if (!is_read(block)) {
        wrote(file, length);
        return static_cast<std::int64_t>(length);
      }
      return amount == 0 ? -EAGAIN : static_cast<std::int64_t>(read(file, length));
    default:
      break;
  }
  if (is_read(block)) {
    const std::uint64_t count = offset >= amount ? 0 : std::min(length, amount - offset);
    return count > 0 && bad != 0 ? bad : static_cast<std::int64_t>(count);
  }
  if (length == 0) return 0;
  if (bad != 0) return bad;
  const bool append = (static_cast<std::uint32_t>(block.aio_rw_flags) & kAppend) != 0;
  amount = std::max(amount, (append ? amount : offset) + length);
  return static_cast<std::int64_t>(length);
}

// ---- completions ----

void Model::complete_now(Context& context, const Event& event) {
  context.now.push_back(event);
  completed(context, event);
}

void Model::completed(Context& context, const Event& event) {
  context.tail = (context.tail + 1) % context.nr;  // K140
  ++context.completed;
  if (context.completed > 1) reclaim(context);  // K99
  if (event.bell) ++bell;                       // K91
}

bool Model::appeared(Context& context, const Event& event) {
  const auto same = [&](const Event& due) {
    return due.data == event.data && due.obj == event.obj && due.res == event.res;
  };
  const auto late = std::find_if(context.later.begin(), context.later.end(), same);
  if (!context.now.empty() && same(context.now.front())) {
    context.now.erase(context.now.begin());
  } else if (late != context.later.end()) {
    const Event due = *late;
    context.later.erase(late);
    if (!machine.one_cpu) context.one_stash = false;
    completed(context, due);
  } else {
    return false;
  }
  context.ring[context.seen] = event;
  context.seen = (context.seen + 1) % context.nr;
  return true;
}

void Model::overwrite_oldest(Context& context) {
  context.ring[context.seen] = context.now.front();
  context.seen = (context.seen + 1) % context.nr;
  context.now.erase(context.now.begin());
}

// K83, K88: newest first; where a worker is busy with this context it may take the event over.
void Model::fire(const Inode& inode, std::uint32_t bits) {
  for (std::size_t i = polls.size(); i-- > 0;) {
    const Poll poll = polls[i];
    if (poll.file.inode.get() != &inode || !poll.file.readable || (poll.mask & bits) == 0) continue;
    polls.erase(polls.begin() + static_cast<std::ptrdiff_t>(i));
    Event event = poll.event;
    event.res = bits;
    if (machine.one_cpu || poll.context->later.empty()) {
      complete_now(*poll.context, event);
    } else {
      poll.context->later.push_back(event);
    }
  }
}

void Model::wrote(const File& file, std::uint64_t amount) {
  file.inode->amount += amount;
  fire(*file.inode, file.inode->kind == Kind::pipe ? kIn | kRdnorm : kIn);
}

std::uint64_t Model::read(const File& file, std::uint64_t most) {
  std::uint64_t& amount = file.inode->amount;
  const std::uint64_t count = file.inode->kind == Kind::counter ? amount : std::min(most, amount);
  amount -= count;
  return count;
}

// ---- io_getevents ----

// K142.
std::uint32_t Model::visible(const Context& context) {
  if (context.head == context.tail) return 0;
  return (context.tail + context.nr - context.head % context.nr) % context.nr;
}

// K102, K105-K107, K114.
Answer Model::reap(std::uint64_t handle, long min_nr, long nr, bool timeout_readable, bool forever,
                   long room) {
  const Context* const context = find(handle);
  if (!timeout_readable) return {-EFAULT, -EFAULT};
  if (context == nullptr || min_nr < 0 || min_nr > nr) return {-EINVAL, -EINVAL};
  const long there = visible(*context);
  const long coming = static_cast<long>(context->later.size());
  const Answer answer{std::min(nr, forever ? std::max(min_nr, there) : there),
                      std::min(nr, there + coming)};
  return answer.least > room ? Answer{-EFAULT, -EFAULT} : answer;
}

std::vector<Event> Model::took(Context& context, long count) {
  std::vector<Event> events;
  if (context.head == context.tail) return events;
  context.head %= context.nr;
  for (long i = 0; i < count; ++i) {
    events.push_back(context.ring[context.head]);
    context.head = (context.head + 1) % context.nr;
  }
  return events;
}

// ---- io_cancel: K125-K128 ----

long Model::cancel(std::uint64_t handle, std::uint64_t address, Memory key_memory,
                   std::uint32_t key) {
  if (key_memory == Memory::unreadable) return -EFAULT;
  Context* const context = find(handle);
  if (key != 0 || context == nullptr) return -EINVAL;
  for (std::size_t i = 0; i < polls.size(); ++i) {
    if (polls[i].context != context || polls[i].event.obj != address) continue;
    context->later.push_back(polls[i].event);
    polls.erase(polls.begin() + static_cast<std::ptrdiff_t>(i));
    return -EINPROGRESS;
  }
  return -EINVAL;
}

// ---- io_destroy: K131-K133 ----

long Model::destroy(std::uint64_t handle) {
  Context* const context = find(handle);
  if (context == nullptr) return -EINVAL;
  for (const Event& event : context->later) bell += event.bell ? 1U : 0U;
  for (std::size_t i = polls.size(); i-- > 0;) {
    if (polls[i].context != context) continue;
    bell += polls[i].event.bell ? 1U : 0U;
    polls.erase(polls.begin() + static_cast<std::ptrdiff_t>(i));
  }
  contexts.erase(handle);
  return 0;
}

}  // namespace aio_model
