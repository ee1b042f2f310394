// What a plan does to the disk: faults of the medium, fsync that fails or lies, space that ends,
// power that fails.
//
// Rules of the medium are asked about each transfer of a request that moves at least one byte, at
// the moment when it moves. Rules of durability are asked about whatever reaches the disk, and so
// about the program's own writes and fsyncs too.

#include <algorithm>
#include <cerrno>

#include "sim/engine.h"

namespace aioemu::sim {

using fault::Action;
using fault::Layer;

namespace {

// Of the program's own I/O: no io_submit has carried it.
bool is_request(const fault::AcceptedRequest& question) noexcept { return question.nr != 0; }

// Another sector of a disk that has more than one.
std::uint64_t elsewhere(std::uint64_t sector, std::uint64_t sectors, std::uint64_t random) {
  return (sector + 1 + random % (sectors - 1)) % sectors;
}

std::optional<MediumFault> fault_of_reads(Action action) noexcept {
  switch (action) {
    case Action::latent_sector_error:
      return MediumFault::latent_sector_error;
    case Action::bit_rot:
      return MediumFault::bit_rot;
    case Action::misdirected_read:
      return MediumFault::misdirected_read;
    case Action::stale_read:
      return MediumFault::stale_read;
    default:
      return std::nullopt;
  }
}

// Reads find these sectors faulty from now on. False: that makes no difference.
bool damage(Disk& disk, const fault::MediumDecision& decision, const MemoryFile::Extent& extent) {
  const std::optional<MediumFault> fault = fault_of_reads(decision.action);
  if (!fault.has_value()) return false;
  const std::uint64_t size = disk.geometry().sector;
  const std::uint64_t sectors = (disk.size() + size - 1) / size;
  std::uint64_t from = 0;
  if (*fault == MediumFault::misdirected_read) {
    if (sectors < 2) return false;
    from = elsewhere(extent.offset / size, sectors, decision.random) * size;
  }
  return disk.damage(*fault, extent.offset, extent.length, from) > 0;
}

WriteFault fault_of_writes(const fault::MediumDecision& decision) noexcept {
  if (decision.action == Action::lost_write) return WriteFault::lost;
  if (decision.action == Action::misdirected_write) return WriteFault::misdirected;
  if (decision.keep == fault::Keep::first) return WriteFault::torn_first;
  return decision.keep == fault::Keep::last ? WriteFault::torn_last : WriteFault::torn_random;
}

// The next write, which is this one, goes wrong. False: that makes no difference.
bool spoil(Inode& inode, const fault::MediumDecision& decision, const MemoryFile::Extent& extent) {
  const std::uint64_t size = inode.disk.geometry().sector;
  const std::uint64_t end = extent.offset + extent.length;
  const std::uint64_t touched = (end + size - 1) / size - extent.offset / size;
  const std::uint64_t sectors = (std::max(inode.disk.size(), end) + size - 1) / size;
  WriteFate fate{fault_of_writes(decision), decision.random, 0, 0};
  switch (fate.fault) {
    case WriteFault::torn_first:
    case WriteFault::torn_last:
      if (decision.sectors >= touched) return false;
      fate.argument = decision.sectors;
      break;
    case WriteFault::misdirected:
      if (sectors < 2) return false;
      fate.argument = elsewhere(extent.offset / size, sectors, decision.random) * size;
      break;
    default:
      break;
  }
  inode.next_write = fate;
  return true;
}

}  // namespace

// ---- transfers ----

Attempt Engine::attempt_on_disk(MemoryFile& file, bool reading, Transfer& transfer) {
  const auto carry_out = [&] { return reading ? file.read(transfer) : file.write(transfer); };
  if (power_failed_) return Attempt::failed(EIO);
  const bool asks = injector_.acts_on(Layer::medium) || injector_.acts_on(Layer::durability);
  if (cutting_ || !asks) return carry_out();
  const MemoryFile::Extent extent = file.extent_of(reading, transfer);
  if (extent.length == 0) return carry_out();
  if (!limit_by_plan(file, reading, transfer, extent)) {
    return Attempt::failed(power_failed_ ? EIO : ENOSPC);
  }
  return attempt_on_medium(file, reading, transfer);
}

Attempt Engine::attempt_on_medium(MemoryFile& file, bool reading, Transfer& transfer) {
  const Flight& flight = *transfer.flight;
  const auto carry_out = [&] { return reading ? file.read(transfer) : file.write(transfer); };
  if (!injector_.acts_on(Layer::medium) || !is_request(flight.question)) return carry_out();
  fault::AcceptedRequest question = flight.question;
  question.at.now = run_time();
  const fault::MediumDecision decision = injector_.decide(fault::MediumAccess{question});
  if (!decision.fires) return carry_out();
  Inode& inode = *file.inode();
  const MemoryFile::Extent extent = file.extent_of(reading, transfer);
  std::optional<MediumFaults> earlier;
  if (reading && !decision.sticky) earlier = inode.disk.faults();
  if (reading ? damage(inode.disk, decision, extent) : spoil(inode, decision, extent)) {
    tell_fault(decision.rule, 0, record_of(flight, file));
  } else {
    injector_.take_back(decision.rule);
  }
  const Attempt answer = carry_out();
  if (answer.result != static_cast<long>(extent.length)) transfer.flight->rule = decision.rule;
  if (earlier.has_value()) inode.disk.put_faults(*std::move(earlier));
  return answer;
}

// Asks the rules of durability about a transfer. False: nothing of it is to be carried out.
bool Engine::limit_by_plan(MemoryFile& file, bool reading, Transfer& transfer,
                           const MemoryFile::Extent& extent) {
  if (!injector_.acts_on(Layer::durability)) return true;
  Flight& flight = *transfer.flight;
  Disk& disk = file.inode()->disk;
  fault::DurabilityEvent event{flight.question, 0};
  event.request.at.now = run_time();
  const bool allocates = !reading && !file.inode()->block_device;
  if (allocates) event.allocates = disk.allocates(extent.offset, extent.length);
  const fault::DurabilityDecision decision = injector_.decide(event);
  if (!decision.fires) return true;
  if (decision.action == Action::power_cut) {
    tell_fault(decision.rule, 0, record_of(flight, file));
    cut_power_now(reading ? nullptr : &file, transfer);
    return false;
  }
  flight.rule = decision.rule;
  tell_fault(decision.rule, decision.room, record_of(flight, file));
  const std::uint64_t room = disk.fitting(extent.offset, extent.length, decision.room);
  transfer.limit(room);
  return room > 0;
}

// ---- fsync ----

long Engine::sync_file(File& file, std::uint64_t issued, Flight* flight) {
  MemoryFile* const on_disk = file.on_disk();
  if (on_disk == nullptr) return file.sync(issued);
  if (power_failed_) return -EIO;
  if (flight != nullptr && flight->fault.kind == fault::CompleteDecision::Kind::error) {
    return -flight->fault.error;
  }
  const bool asks = flight != nullptr && injector_.acts_on(Layer::durability) && !cutting_;
  if (asks && !decide_sync(*on_disk, *flight)) return -EIO;
  return file.sync(issued);
}

// What becomes of the next sync of the file, which is this one. False: power fails instead.
bool Engine::decide_sync(MemoryFile& file, Flight& flight) {
  fault::DurabilityEvent event{flight.question, 0};
  event.request.at.now = run_time();
  const fault::DurabilityDecision decision = injector_.decide(event);
  if (!decision.fires) return true;
  tell_fault(decision.rule, 0, record_of(flight, file));
  SyncFault& next = file.inode()->next_sync;
  switch (decision.action) {
    case Action::fsync_eio_clean:
      next = SyncFault::eio_clean;
      break;
    case Action::fsync_eio_dirty:
      next = SyncFault::eio_dirty;
      break;
    case Action::fsync_eio_revert:
      next = SyncFault::eio_revert;
      break;
    case Action::fsync_eio_next:
      next = SyncFault::eio_next;
      break;
    case Action::fsync_lie:
      next = SyncFault::lie;
      break;
    default: {
      Transfer nothing(memory_, {}, 0, 0);
      cut_power_now(nullptr, nothing);
      return false;
    }
  }
  flight.rule = decision.rule;
  return true;
}

// ---- the program's own I/O ----

fault::AcceptedRequest Engine::question_about(const File& file, const Call& call, abi::Opcode op,
                                              int fd) {
  fault::AcceptedRequest question;
  question.identity = {process_, kNoContext, synchronous_++, 0};
  question.op = op;
  question.fd = fd;
  question.direct = file.direct;
  question.file = file.view;
  question.at = moment(call, nullptr);
  return question;
}

void Engine::transfer(TransferCall& call) {
  File& file = *call.transfer.file;
  files_.hold(file);
  link(call);
  if (!attended_) {
    retry(call);
    return;
  }
  begin_run();
  Transfer& transfer = *call.transfer.transfer;
  const bool reading = call.transfer.reading;
  Flight& flight = call.flight.emplace();
  flight.question =
      question_about(file, call, reading ? abi::Opcode::pread : abi::Opcode::pwrite, call.fd);
  flight.question.length = transfer.length();
  flight.question.offset = transfer.append ? file.size() : transfer.offset;
  transfer.flight = &flight;
  retry(call);
}

long Engine::sync(File& file, int fd) {
  if (!attended_) return file.sync(file.sync_mark());
  begin_run();
  TransferCall nobody;
  Flight flight;
  flight.question = question_about(file, nobody, abi::Opcode::fsync, fd);
  const long result = sync_file(file, file.sync_mark(), &flight);
  tell_synchronous(flight, file, result);
  return result;
}

// ---- power ----

// The bytes that are just being written, and all others in flight, may or may not have arrived.
// What is in memory goes when the call that is being carried out is over: until then nothing
// reaches the disk any more.
void Engine::cut_power_now(MemoryFile* written, Transfer& transfer) {
  cutting_ = true;
  if (written != nullptr) written->write(transfer);
  write_what_is_in_flight();
  cut_ = cut_disks();
  cutting_ = false;
  power_failed_ = unsettled_ = true;
}

void Engine::end_of_power() {
  forget_memory();
  power_failed_ = false;
  throw PowerCut(cut_);
}

}  // namespace aioemu::sim
