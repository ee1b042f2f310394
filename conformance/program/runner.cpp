#include "conformance/program/runner.h"

#include "conformance/program/machine.h"

namespace conformance::program {

std::unique_ptr<Runner> make_world_runner() { return std::make_unique<Machine>(make_world_side()); }

std::unique_ptr<Runner> make_kernel_runner(std::string* why) {
  *why = why_no_kernel();
  if (!why->empty()) return nullptr;
  return std::make_unique<Machine>(make_kernel_side());
}

}  // namespace conformance::program
