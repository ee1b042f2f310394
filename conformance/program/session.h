// Session: many programs in a child process that is watched.
//
// A program may crash either side, or hang it. So the programs run in a child; what it is about to
// run lies in memory that both share. A child that dies or that begins nothing new for a while is
// a finding like any other: the parent has the program and can say how to run it again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "conformance/program/generate.h"
#include "conformance/program/program.h"

namespace conformance::program {

struct Progress {
  std::uint64_t programs = 0;
  std::uint64_t statements = 0;
  std::uint64_t unrepeated = 0;  // differences that were not there when the program ran again
};

struct Finding {
  Program program;
  std::string story;  // what both sides did, or how the child ended
  bool crashed = false;
};

struct SessionOptions {
  std::uint64_t seed = 0;
  std::uint64_t programs = 0;  // 0: no limit
  std::uint64_t seconds = 0;   // 0: no limit
  unsigned patience_seconds = 20;
  GenerateHints hints;
  // Called now and then, in the parent.
  std::function<void(const Progress&)> report;
  // The emulator tells a lie in every program with a submit: proves that a session finds things.
  bool plant_mistake = false;
  // Prints what did not repeat, as it happens.
  bool tell_unrepeated = false;
};

struct SessionResult {
  Progress progress;
  std::optional<Finding> finding;
  std::string unavailable;  // why nothing was run
  std::string told;         // what was said last: of a finding, or of what did not repeat
};

// Runs programs until the first divergence that repeats, made small, or until the limits.
SessionResult run_session(const SessionOptions& options);

// Runs one program in a child: its finding, if any. `unavailable` as above.
SessionResult run_program(const Program& program, unsigned patience_seconds = 20,
                          bool always_tell = false);

}  // namespace conformance::program
