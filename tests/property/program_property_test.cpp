// Random programs on an implementation and on the reference model.

#include <algorithm>

#include "tests/property/aio_commands.h"
#include "tests/property/backend_fixture.h"

namespace aioemu::property {
namespace {

ON_EACH_BACKEND(ProgramProperty);

std::uint64_t any_limit() { return *rc::gen::inRange(0, 3) == 2 ? 250 : 0; }

TEST_P(ProgramProperty, EveryCallAnswersAsTheModelSays) {
  holds(
      [&] {
        Rig rig(backend(), {.later = true, .wild_heads = emulated(), .aio_max_nr = any_limit()});
        run_program(rig, any_command);
      },
      percent());
}

// On a kernel wild heads and late completions together cannot be told in advance: a worker gives
// slots back on its own CPU.
TEST_P(ProgramProperty, EveryCallAnswersAsTheModelSaysWithWildHeads) {
  holds(
      [&] {
        Rig rig(backend(), {.later = false, .wild_heads = true, .aio_max_nr = 0});
        run_program(rig, any_command);
      },
      percent());
}

TEST_P(ProgramProperty, EveryAcceptedRequestCompletesExactlyOnce) {
  holds(
      [&] {
        Rig rig(backend(), {.later = true, .wild_heads = false, .aio_max_nr = 0});
        run_program(rig, any_lossless_command);
        rig.drain();
        std::sort(rig.accepted.begin(), rig.accepted.end());
        std::sort(rig.delivered.begin(), rig.delivered.end());
        RC_ASSERT(rig.accepted == rig.delivered);
        rig.empty_bell();
      },
      percent());
}

// Whatever went on, the context takes as many requests as when it was new.
TEST_P(ProgramProperty, SlotsAreConserved) {
  holds(
      [&] {
        Rig rig(backend(), {.later = true, .wild_heads = false, .aio_max_nr = 0});
        SetupCall setup;
        setup.nr_events = *rc::gen::element<std::uint64_t>(1, 62, 63, 100, 127, 200);
        rig.setup(setup);
        const long fresh = rig.fill(0);
        run_program(rig, any_lossless_command);
        rig.drain();
        const long again = rig.fill(0);
        const auto& context = rig.context(0);
        const long all = context.nr - 1;
        RC_ASSERT(fresh == all / context.batch * context.batch);
        // K97: on a kernel some may lie in another CPU's stash.
        if (emulated()) RC_ASSERT(again == fresh);
        RC_ASSERT(again >= context.charged);
        RC_ASSERT(again <= all);
      },
      percent());
}

// By heads that reap no more than there is, no request is outstanding beyond N - 1, and (the Rig
// looks at every slot) no event is overwritten before it was taken.
TEST_P(ProgramProperty, TheRingNeverOverflows) {
  holds(
      [&] {
        Rig rig(backend(), {.later = true, .wild_heads = false, .aio_max_nr = 0});
        rig.setup({});
        const std::size_t all = rig.context(0).nr - 1;
        const int rounds = *rc::gen::inRange(1, 20);
        for (int i = 0; i < rounds; ++i) {
          SubmitCall submit;
          submit.specs = {any_iocb()};
          submit.copies = *rc::gen::inRange(1, 200);
          rig.submit(submit);
          RC_ASSERT(rig.accepted.size() - rig.delivered.size() <= all);
          rig.move_head(0, HeadMove::reap, *rc::gen::inRange(0U, 127U));
        }
      },
      percent());
}

}  // namespace
}  // namespace aioemu::property
