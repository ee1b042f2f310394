// Differ: one program at a time on the emulator and on the kernel, and the verdict.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "conformance/program/oracle.h"
#include "conformance/program/program.h"
#include "conformance/program/runner.h"

namespace conformance::program {

struct Comparison {
  Transcript emulator;
  Transcript kernel;
  std::optional<Divergence> divergence;
};

class Differ {
 public:
  // Takes any two runners: a planted mistake is a runner that lies.
  Differ(std::unique_ptr<Runner> emulator, std::unique_ptr<Runner> kernel);

  // Runs the program where it says it starts.
  Comparison compare(const Program& program);
  // Puts the program where the kernel's rings stand now, which costs nothing, and compares.
  Comparison compare_here(Program* program);

 private:
  std::unique_ptr<Runner> emulator_;
  std::unique_ptr<Runner> kernel_;
};

// The program, line by line, with what both sides did; the divergence at its place.
std::string story(const Program& program, const Comparison& comparison);

}  // namespace conformance::program
