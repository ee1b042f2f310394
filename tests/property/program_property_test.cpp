// Random programs on an implementation and on the reference model.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "conformance/backend.h"
#include "conformance/backends/backends.h"
#include "tests/property/aio_commands.h"
#include "tests/property/property.h"

namespace aioemu::property {
namespace {

class ProgramProperty : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string why;
    backend_ = backend_named(GetParam(), &why);
    if (backend_ == nullptr) GTEST_SKIP() << GetParam() << ": " << why;
  }
  [[nodiscard]] bool emulated() const { return GetParam() == "emulator"; }
  // io_destroy takes 30 ms on a kernel.
  [[nodiscard]] int percent() const { return emulated() ? 100 : 5; }

  conformance::Backend* backend_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Aio, ProgramProperty, testing::Values("emulator", "kernel"),
                         [](const auto& parameter) { return parameter.param; });

std::uint64_t any_limit() { return *rc::gen::inRange(0, 3) == 2 ? 250 : 0; }

TEST_P(ProgramProperty, EveryCallAnswersAsTheModelSays) {
  holds(
      [&] {
        Rig rig(*backend_, {.later = true, .wild_heads = emulated(), .aio_max_nr = any_limit()});
        run_program(rig, any_command);
      },
      percent());
}

// On a kernel both together cannot be told in advance: a worker gives slots back on its own CPU.
TEST_P(ProgramProperty, EveryCallAnswersAsTheModelSaysWithWildHeads) {
  holds(
      [&] {
        Rig rig(*backend_, {.later = false, .wild_heads = true, .aio_max_nr = 0});
        run_program(rig, any_command);
      },
      percent());
}

TEST_P(ProgramProperty, EveryAcceptedRequestCompletesExactlyOnce) {
  holds(
      [&] {
        Rig rig(*backend_, {.later = true, .wild_heads = false, .aio_max_nr = 0});
        run_program(rig, any_lossless_command);
        rig.drain();
        std::sort(rig.accepted.begin(), rig.accepted.end());
        std::sort(rig.delivered.begin(), rig.delivered.end());
        RC_ASSERT(rig.accepted == rig.delivered);
      },
      percent());
}

}  // namespace
}  // namespace aioemu::property
