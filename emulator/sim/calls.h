// Calls that may sleep, as values: what a thread of a kernel keeps on its stack.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "core/effects.h"
#include "fault/questions.h"
#include "sim/file.h"
#include "sim/flight.h"
#include "sim/transfer.h"

namespace aioemu::sim {

// Linked into the Engine's list while asleep; in place from its start to its end.
struct Call {
  enum class Kind : std::uint8_t { wait, submit, transfer, destroy };
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  explicit Call(Kind call_kind) noexcept : kind(call_kind) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const Kind kind;
  bool over = false;
  bool asleep = false;  // linked
  long result = 0;
  std::int64_t deadline = kNever;           // virtual time
  std::uint32_t thread = 0;                 // ordinal: 0 for plain calls
  std::uint64_t caller = 0;                 // the program's code that called, or 0
  std::optional<fault::Identity> identity;  // with a plan or an observer
  Call* before = nullptr;
  Call* after = nullptr;
  virtual ~Call() = default;
};

// io_getevents and io_pgetevents.
struct WaitCall final : Call, core::Wait {
  WaitCall() noexcept : Call(Kind::wait) {}
  bool restarts = false;  // io_pgetevents: after a stop it begins anew (K119)
  bool told = false;      // an observer has heard of it
};

// What is left of a transfer that sleeps in the middle.
struct SleepingTransfer {
  File* file = nullptr;
  std::optional<Transfer> transfer;
  bool reading = false;
};

// What a plan or an observer needs to know about an io_submit.
struct SubmitNotes {
  std::uint64_t nr = 0;  // as the program gave it
  fault::SubmitDecision fault;
  bool blocks = false;  // it sleeps because of the plan, and has carried its batch out
};

// io_submit: asleep while an element's transfer is (K69).
struct SubmitCall final : Call {
  SubmitCall() noexcept : Call(Kind::submit) {}
  core::Submission submission;
  core::Request* sleeper = nullptr;  // the request whose transfer is asleep
  std::optional<SleepingTransfer> transfer;
  bool interrupted = false;  // a signal is pending until the call returns (K70)
  std::optional<SubmitNotes> notes;
};

// read and write on a descriptor.
struct TransferCall final : Call {
  TransferCall() noexcept : Call(Kind::transfer) {}
  SleepingTransfer transfer;
  abi::Segment segment{};
  int fd = -1;
  std::optional<Flight> flight;  // with a plan or an observer
};

// io_destroy (K132).
struct DestroyCall final : Call {
  DestroyCall() noexcept : Call(Kind::destroy) {}
  core::Context* context = nullptr;
};

}  // namespace aioemu::sim
