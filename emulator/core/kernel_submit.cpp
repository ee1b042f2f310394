// io_submit and completions.

#include "core/context.h"
#include "core/decode.h"
#include "core/kernel.h"

namespace aioemu::core {

using abi::Opcode;

// K32, K33.
void Kernel::submit_begin(Submission& submission, UserAddress ctx, std::int64_t nr,
                          UserAddress iocbpp) noexcept {
  // Field by field: the iocb in it is 64 bytes that nobody reads before they are written.
  Context* const context = nr < 0 ? nullptr : find(ctx);
  submission.context = context;
  submission.accepted = 0;
  submission.over = context == nullptr;
  submission.error = context == nullptr ? EINVAL : 0;
  if (context == nullptr) return;
  ++context->users;
  submission.array = iocbpp;
  submission.nr = std::min<std::int64_t>(nr, context->ring_nr());
}

// K34: the first failure ends the batch, whatever it was.
Step Kernel::stop(Submission& submission, int error) noexcept {
  submission.over = true;
  submission.error = error;
  return {};
}

Step Kernel::submit_next(Submission& submission, SegmentBuffer& buffer) noexcept {
  if (submission.over || submission.accepted == submission.nr) {
    submission.over = true;
    return {};
  }
  // K35, K37.
  const UserAddress slot =
      submission.array + static_cast<std::uint64_t>(submission.accepted) * sizeof(UserAddress);
  UserMemory& memory = ports_.memory;
  if (!memory.read(&submission.iocb_address, slot, sizeof(UserAddress)) ||
      !memory.read(&submission.iocb, submission.iocb_address, sizeof submission.iocb)) {
    return stop(submission, EFAULT);
  }
  // K38, K39.
  const abi::Iocb& iocb = submission.iocb;
  if (iocb.reserved2 != 0 || static_cast<std::int64_t>(iocb.nbytes) < 0) {
    return stop(submission, EINVAL);
  }
  // K40: a full ring hides everything below.
  if (!submission.context->take_slot()) return stop(submission, EAGAIN);
  return use_slot(submission, buffer);
}

// With a slot held. One named result and one return, here and below: a Step is built where the
// caller wants it, never copied.
Step Kernel::use_slot(Submission& submission, SegmentBuffer& buffer) noexcept {
  Step step = decode(submission, buffer);
  if (step.kind == Step::Kind::finished) {
    submission.context->give_slot();  // K48
  } else {
    ++submission.accepted;
  }
  return step;
}

// K41-K43, with a slot held.
Step Kernel::decode(Submission& submission, SegmentBuffer& buffer) noexcept {
  const abi::Iocb& iocb = submission.iocb;
  const Result<FileFacts> file = ports_.files.find(static_cast<std::int32_t>(iocb.fildes));
  if (!file.ok()) return stop(submission, static_cast<int>(file.error()));
  FileRef eventfd = FileRef::none;
  if ((iocb.flags & abi::kFlagResfd) != 0) {
    const Result<FileRef> found = ports_.files.find_eventfd(static_cast<std::int32_t>(iocb.resfd));
    if (!found.ok()) return stop(submission, static_cast<int>(found.error()));
    eventfd = found.value();
  }
  constexpr std::uint32_t kKey = 0;
  if (!ports_.memory.write(submission.iocb_address + abi::kKeyOffset, &kKey, sizeof kKey)) {
    if (eventfd != FileRef::none) ports_.files.drop_eventfd(eventfd);
    return stop(submission, EFAULT);
  }
  Request& request = submission.context->acquire();
  fill(request, submission, file.value(), eventfd);
  return start_or_drop(submission, request, file.value(), buffer);
}

Step Kernel::start_or_drop(Submission& submission, Request& request, const FileFacts& file,
                           SegmentBuffer& buffer) noexcept {
  Step step = start(submission, request, file, buffer);
  if (step.kind == Step::Kind::finished) drop(request);
  return step;
}

void Kernel::fill(Request& request, const Submission& submission, const FileFacts& file,
                  FileRef eventfd) noexcept {
  const abi::Iocb& iocb = submission.iocb;
  request.obj = submission.iocb_address;
  request.data = iocb.data;
  request.file = file.ref;
  request.kind = file.kind;
  request.eventfd = eventfd;
  request.rw_flags = iocb.rw_flags;
  request.fd = static_cast<std::int32_t>(iocb.fildes);
  request.op = static_cast<Opcode>(iocb.opcode);
  request.offset = iocb.offset;
  request.length = 0;
  request.segment_count = 0;
  request.append = false;
  request.owner_data = nullptr;
  request.owner_note = nullptr;
  request.serial = next_serial_++;
}

// K44 and what follows.
Step Kernel::start(Submission& submission, Request& request, const FileFacts& file,
                   SegmentBuffer& buffer) noexcept {
  const Element element{submission.iocb, file, profile_};
  switch (request.op) {
    case Opcode::pread:
    case Opcode::pwrite:
    case Opcode::preadv:
    case Opcode::pwritev: {
      const int error = decode_transfer(element, ports_, request, buffer);
      if (error != 0) return stop(submission, error);
      return {Step::Kind::transfer, &request, {}};
    }
    case Opcode::fsync:
    case Opcode::fdsync: {
      const int error = decode_sync(element);
      if (error != 0) return stop(submission, error);
      return {Step::Kind::sync, &request, {}};
    }
    case Opcode::poll: {
      const int error = decode_poll(element, request);
      if (error != 0) return stop(submission, error);
      return start_poll(submission, request);
    }
    case Opcode::noop:
      break;
  }
  return stop(submission, EINVAL);
}

// K82, K85-K87: what a poll's first look at the file decides.
Step Kernel::start_poll(Submission& submission, Request& request) noexcept {
  const PollClass poll = rules_of(request.kind).poll;
  const std::uint32_t ready = ports_.files.readiness(request.file) & request.poll_events;
  if (ready != 0) return ready_poll(submission, request, ready);
  if (poll == PollClass::always_ready || poll == PollClass::two_queues) {
    return stop(submission, EINVAL);
  }
  request.state = RequestState::poll_armed;
  submission.context->arm(request);
  ports_.files.poll_queue(request.file).push(request);
  return {Step::Kind::poll, &request, {}};
}

// K82
Step Kernel::ready_poll(Submission& submission, Request& request, std::uint32_t found) noexcept {
  if (!submission.hands_out_ready_polls) {
    return {Step::Kind::completed, nullptr, complete(request, found)};
  }
  Step step{Step::Kind::ready, &request, {}};
  step.completion.res = found;
  return step;
}

// The record of an element that failed after all.
void Kernel::drop(Request& request) noexcept {
  if (request.eventfd != FileRef::none) ports_.files.drop_eventfd(request.eventfd);
  request.context->withdraw(request);
}

void Kernel::refuse(Submission& submission, Request& request, Errno error) noexcept {
  drop(request);
  submission.context->give_slot();
  --submission.accepted;
  stop(submission, static_cast<int>(error));
}

void Kernel::retry(Submission& submission, Request& request) noexcept {
  refuse(submission, request, Errno{EAGAIN});
  retry_rejected(submission);
}

// The key is written before the checks that may still send the element away, K45; a second
// decoding must find the iocb as the program left it. That the program can write there is known
// only if the first one got that far; if not, nothing needs to be put back.
void Kernel::retry_rejected(Submission& submission) noexcept {
  AIOEMU_CHECK(submission.error != 0);
  static_cast<void>(ports_.memory.write(submission.iocb_address + abi::kKeyOffset,
                                        &submission.iocb.key, sizeof submission.iocb.key));
  submission.over = false;
  submission.error = 0;
}

bool Kernel::leave(Context& context) noexcept {
  AIOEMU_CHECK(context.users != 0);
  return --context.users == 0 && context.dying;
}

WaitStatus Kernel::submit_end(Submission& submission) noexcept {
  const long result = submission.accepted > 0 ? static_cast<long>(submission.accepted)
                                              : -static_cast<long>(submission.error);
  if (submission.context == nullptr) return WaitStatus::done(result);
  return WaitStatus::done(result, leave(*submission.context));
}

// ---- completion ----

Completion Kernel::complete(Request& request, std::int64_t res) noexcept {
  Context& context = *request.context;
  Completion completion;
  completion.request = &request;
  completion.res = res;
  completion.file = request.file;
  completion.eventfd = request.eventfd;
  completion.woken = context.complete(request, res, profile_.wake_rule);
  completion.drained = context.dying && context.in_flight() == 0;
  return completion;
}

// K83, K84, K88: the newest poll that this wake-up concerns.
DuePoll Kernel::poll_due(PollQueue& queue, PollWake wake) noexcept {
  for (Request* request = queue.newest(); request != nullptr; request = request->queue_next) {
    const std::uint32_t wanted = request->poll_events;
    const bool by_mask = wake.carried != 0 && (wake.carried & wanted) != 0;
    const std::uint32_t res = by_mask ? wake.carried : wake.state & wanted;
    if (wake.carried != 0 ? !by_mask : res == 0) continue;
    disarm(*request);
    return {request, res};
  }
  return {};
}

Completion Kernel::poll_wake(PollQueue& queue, PollWake wake, int& completed) noexcept {
  const DuePoll due = poll_due(queue, wake);
  completed = due.request != nullptr ? 1 : 0;
  if (due.request == nullptr) return {};
  return complete(*due.request, due.res);
}

}  // namespace aioemu::core
