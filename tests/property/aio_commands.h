// The commands of random programs, for rapidcheck's stateful tests.
//
// A program needs no plan: the Rig takes every command at any time. What rapidcheck keeps is only
// where contexts are, so that most commands meet one.
#pragma once

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include "tests/property/aio_rig.h"

namespace aioemu::property {

struct Sketch {
  std::array<bool, kPlaces> alive{};
};
using AioCommand = rc::state::Command<Sketch, Rig>;
using CommandGenerator = rc::Gen<std::shared_ptr<const AioCommand>>;

// Everything that a program can do.
CommandGenerator any_command(const Sketch& sketch);
// Without io_destroy, and with no head moved but by the count of events the program has read.
CommandGenerator any_lossless_command(const Sketch& sketch);

// Runs a random program.
template <typename Generator>
void run_program(Rig& rig, Generator generator) {
  rc::state::check(Sketch{}, rig, generator);
}

}  // namespace aioemu::property
