// Runner: runs programs on one side, one after the other, and says what could be seen.
#pragma once

#include <memory>
#include <string>

#include "conformance/program/program.h"
#include "conformance/program/transcript.h"

namespace conformance::program {

class Runner {
 public:
  virtual ~Runner() = default;
  // `guide` is another side's transcript of the same program. A kernel completes some requests at
  // a moment of its own; it is given time until what the guide shows has happened. Without a guide
  // a kernel is given a fixed time after each step.
  virtual Transcript run(const Program& program, const Transcript* guide) = 0;
  // Where the standing rings are now: a program that starts here costs no way to get there.
  virtual std::array<std::uint16_t, kStanding> position() = 0;
  [[nodiscard]] virtual const char* name() const = 0;
};

// What of a machine shows in what its kernel answers.
struct MachineFacts {
  unsigned possible_cpus = 2;
  std::uint64_t aio_max_nr = 65536;
  bool realtime_io = true;      // the caller may use I/O priority class 1
  std::string kernel = "6.18";  // its release
  friend bool operator==(const MachineFacts&, const MachineFacts&) = default;
};
MachineFacts this_machine();

// The emulator's World, as if on such a machine.
std::unique_ptr<Runner> make_world_runner(const MachineFacts& facts = this_machine());
// The kernel this process runs on, or what stands in its place below LD_PRELOAD. Null, with the
// reason in `why`, when it has no AIO.
std::unique_ptr<Runner> make_kernel_runner(std::string* why);

}  // namespace conformance::program
