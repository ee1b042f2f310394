// Records that are made from what the program's own memory says: the iocbs of a batch that were not
// accepted, and the events that a wait handed out.
//
// `about` has what all of them share filled in. `see` is called with each: see(Record&).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/effects.h"
#include "core/ports.h"
#include "observe/record.h"

namespace aioemu::observe {

// The request that the iocb named in `slot` of the program's list asks for. False when the
// program's memory does not say.
inline bool read_request(Record& record, core::UserMemory& memory,
                         core::UserAddress slot) noexcept {
  abi::Iocb iocb;
  if (!memory.read(&record.iocb, slot, sizeof record.iocb)) return false;
  if (!memory.read(&iocb, record.iocb, sizeof iocb)) return false;
  record.op = static_cast<abi::Opcode>(iocb.opcode);
  record.fd = static_cast<std::int32_t>(iocb.fildes);
  record.data = iocb.data;
  record.offset = iocb.offset;
  const bool plain = record.op == abi::Opcode::pread || record.op == abi::Opcode::pwrite;
  record.length = plain ? iocb.nbytes : 0;
  return true;
}

// What `batch`, given `nr` iocbs, has left behind: the first with the batch's error. No batch is
// worth more than 64 records.
template <typename See>
void tell_refused(Record about, core::UserMemory& memory, const core::Submission& batch,
                  std::int64_t nr, See see) {
  constexpr std::int64_t kMost = 64;
  const std::int64_t end = std::min(nr, batch.accepted + kMost);
  about.result = -batch.error;
  for (std::int64_t i = batch.accepted; i < end; ++i, about.result = 0) {
    about.who.index = static_cast<std::uint64_t>(i);
    const core::UserAddress slot = batch.array + about.who.index * sizeof(core::UserAddress);
    if (!read_request(about, memory, slot)) return;
    see(about);
  }
}

// The `count` events at `events`.
template <typename See>
void tell_reaped(Record about, core::UserMemory& memory, core::UserAddress events, long count,
                 See see) {
  constexpr long kAtOnce = 32;
  std::array<abi::IoEvent, kAtOnce> some;
  for (long done = 0; done < count; done += kAtOnce) {
    const auto now = static_cast<std::size_t>(std::min(kAtOnce, count - done));
    const auto from = events + static_cast<std::uint64_t>(done) * sizeof(abi::IoEvent);
    if (!memory.read(some.data(), from, now * sizeof(abi::IoEvent))) return;
    for (std::size_t i = 0; i < now; ++i) {
      about.who.index = static_cast<std::uint64_t>(done) + i;
      about.data = some[i].data;
      about.iocb = some[i].obj;
      about.result = some[i].res;
      see(about);
    }
  }
}

}  // namespace aioemu::observe
