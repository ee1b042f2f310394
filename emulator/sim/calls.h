// Calls that may sleep, as values: what a thread of a kernel keeps on its stack.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "core/effects.h"
#include "fault/injector.h"
#include "sim/file.h"
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
  std::int64_t deadline = kNever;  // virtual time
  Call* before = nullptr;
  Call* after = nullptr;
  virtual ~Call() = default;
};

// io_getevents and io_pgetevents.
struct WaitCall final : Call, core::Wait {
  WaitCall() noexcept : Call(Kind::wait) {}
  bool restarts = false;  // io_pgetevents: after a stop it begins anew (K119)
};

// What is left of a transfer that sleeps in the middle.
struct SleepingTransfer {
  File* file = nullptr;
  std::optional<Transfer> transfer;
  bool reading = false;
};

// io_submit: asleep while an element's transfer is (K69).
struct SubmitCall final : Call {
  SubmitCall() noexcept : Call(Kind::submit) {}
  core::Submission submission;
  core::Request* sleeper = nullptr;  // the request whose transfer is asleep
  SleepingTransfer transfer;
  fault::CompleteDecision fault;  // about the sleeper
  bool interrupted = false;       // a signal is pending until the call returns (K70)
  fault::Identity identity;       // for fault decisions; index counts the elements
};

// read and write on a descriptor.
struct TransferCall final : Call {
  TransferCall() noexcept : Call(Kind::transfer) {}
  SleepingTransfer transfer;
  abi::Segment segment{};
};

// io_destroy (K132).
struct DestroyCall final : Call {
  DestroyCall() noexcept : Call(Kind::destroy) {}
  core::Context* context = nullptr;
};

}  // namespace aioemu::sim
