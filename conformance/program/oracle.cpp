// The model of what is allowed.
//
// A program is one thread, and between two of its statements the machine waits until what the
// statement caused has happened. So nearly everything a kernel does is determined, and must be the
// same on both sides to the last bit:
//
// - the result of every call, and whether it slept until a signal ended it;
// - the events that were reaped, in order, with all four words;
// - the events that reached a ring inside the call that caused them, in order;
// - every ring's head and tail words after each statement;
// - the data area, the iocbs (aio_key is written) and the events area, bit by bit;
// - the signals that the program got;
// - at the end: what each file holds, how far each counter went, how many requests an emptied
//   ring takes, and that every accepted request has completed exactly once.
//
// Free is only what the kernel does apart from the calling thread: fsync and fdsync, O_DIRECT on a
// disk, the completion of a cancelled poll, and polls whose wake-up carries no mask. Those must
// complete, within the same statement and with the same result; but their order among themselves
// and against the events of that call is a kernel's own affair. The machine waits for them, notes
// what the order was, and then puts the events into one order in the ring itself, so that
// everything after that is determined again.
//
// Where a rule allows several answers, or the two sides differ for a reason that is written down,
// differences.cpp has a line. There are no other exceptions.

#include "conformance/program/oracle.h"

#include <algorithm>

#include "conformance/program/differences.h"
#include "conformance/program/text.h"

namespace conformance::program {
namespace {

std::string list_text(const std::vector<Event>& events) {
  Step step;
  step.reaped = events;
  return print(step);
}

std::string list_text(const std::vector<Arrival>& arrived) {
  Ending ending;
  ending.arrived = arrived;
  return print(ending);
}

std::string ring_text(const std::array<RingView, kContexts>& rings) {
  Step step;
  step.rings = rings;
  return print(step);
}

std::optional<Divergence> differs(std::size_t step, const char* what, std::string expected,
                                  std::string got) {
  return Divergence{step, what, std::move(expected), std::move(got)};
}

std::optional<Divergence> compare_step(std::size_t index, const Step& emulator,
                                       const Step& kernel) {
  if (emulator.result != kernel.result) {
    return differs(index, "result", describe_result(kernel.result),
                   describe_result(emulator.result));
  }
  if (emulator.interrupted != kernel.interrupted) {
    const auto text = [](bool slept) { return slept ? "sleeps until a signal" : "does not sleep"; };
    return differs(index, "sleep", text(kernel.interrupted), text(emulator.interrupted));
  }
  if (emulator.reaped != kernel.reaped) {
    return differs(index, "events reaped", list_text(kernel.reaped), list_text(emulator.reaped));
  }
  if (emulator.arrived != kernel.arrived) {
    return differs(index, "events in the ring", list_text(kernel.arrived),
                   list_text(emulator.arrived));
  }
  if (emulator.rings != kernel.rings) {
    return differs(index, "ring words", ring_text(kernel.rings), ring_text(emulator.rings));
  }
  if (emulator.memory != kernel.memory) {
    return differs(index, "memory", std::to_string(kernel.memory), std::to_string(emulator.memory));
  }
  if (emulator.signals != kernel.signals) {
    return differs(index, "SIGPIPE received", std::to_string(kernel.signals),
                   std::to_string(emulator.signals));
  }
  return std::nullopt;
}

std::optional<Divergence> compare_ending(std::size_t index, const Ending& emulator,
                                         const Ending& kernel) {
  for (const Ending* side : {&emulator, &kernel}) {
    for (long missing : side->missing) {
      if (missing == 0) continue;
      const std::string text = std::to_string(missing) + " accepted requests never complete";
      return side == &kernel ? differs(index, "completions", text, "all complete")
                             : differs(index, "completions", "all complete", text);
    }
  }
  if (emulator.arrived != kernel.arrived) {
    return differs(index, "events of cancelled polls", list_text(kernel.arrived),
                   list_text(emulator.arrived));
  }
  if (emulator.room != kernel.room) {
    return differs(index, "requests that an emptied ring takes", print(kernel), print(emulator));
  }
  if (emulator.files != kernel.files) {
    return differs(index, "contents of files", print(kernel), print(emulator));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Divergence> compare(const Program& program, const Transcript& emulator,
                                  const Transcript& kernel) {
  const std::size_t both = std::min(emulator.steps.size(), kernel.steps.size());
  for (std::size_t i = 0; i < both; ++i) {
    const std::optional<Divergence> found = compare_step(i, emulator.steps[i], kernel.steps[i]);
    if (!found) continue;
    // What follows an allowed difference is not comparable any more.
    if (is_known_difference(program, i, emulator.steps[i], kernel.steps[i])) return std::nullopt;
    return found;
  }
  if (emulator.fault != kernel.fault) {
    return differs(both, "end", kernel.fault.empty() ? "runs to its end" : kernel.fault,
                   emulator.fault.empty() ? "runs to its end" : emulator.fault);
  }
  if (emulator.steps.size() != kernel.steps.size()) {
    return differs(both, "number of steps", std::to_string(kernel.steps.size()),
                   std::to_string(emulator.steps.size()));
  }
  return compare_ending(program.statements.size(), emulator.ending, kernel.ending);
}

}  // namespace conformance::program
