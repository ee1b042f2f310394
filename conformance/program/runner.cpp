#include "conformance/program/runner.h"

#include "conformance/program/machine.h"
#include "real/probe.h"
#include "real/version_probe.h"

namespace conformance::program {

MachineFacts this_machine() {
  MachineFacts facts;
  facts.possible_cpus = real::possible_cpus();
  if (real::aio_max_nr() != 0) facts.aio_max_nr = real::aio_max_nr();
  facts.realtime_io = real::may_use_realtime_io();
  facts.kernel = real::kernel_release();
  return facts;
}

std::unique_ptr<Runner> make_world_runner(const MachineFacts& facts) {
  return std::make_unique<Machine>(make_world_side(facts), facts.aio_max_nr);
}

std::unique_ptr<Runner> make_kernel_runner(std::string* why) {
  *why = why_no_kernel();
  if (!why->empty()) return nullptr;
  return std::make_unique<Machine>(make_kernel_side(), this_machine().aio_max_nr);
}

}  // namespace conformance::program
