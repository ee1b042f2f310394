// What happens to one request, whatever it is.

#include <fcntl.h>

#include <cstring>

#include "tests/property/backend_fixture.h"

namespace aioemu::property {
namespace {

ON_EACH_BACKEND(RequestProperty);

long submit_one(Rig& rig, const IocbSpec& spec) {
  SubmitCall call;
  call.specs = {spec};
  return rig.submit(call);
}

// The Rig compares each errno, and aio_key, with the model's.
TEST_P(RequestProperty, OfSeveralThingsThatAreWrongTheFirstCheckDecides) {
  holds(
      [&] {
        Rig rig(backend(), {.later = true, .wild_heads = false, .aio_max_nr = 0});
        rig.setup({});
        const int count = *rc::gen::inRange(1, 60);
        for (int i = 0; i < count; ++i) submit_one(rig, any_bad_iocb(1));
        rig.drain();
      },
      percent());
}

TEST_P(RequestProperty, AnErrorConsumesNoSlotNoEventAndNoCountOfTheEventfd) {
  holds(
      [&] {
        Rig rig(backend(), {.later = true, .wild_heads = false, .aio_max_nr = 0});
        rig.setup({});
        const long capacity = rig.fill(0);
        const std::uint32_t tail = conformance::ring_of(rig.handle_of(0)).tail;
        const int count = *rc::gen::inRange(1, 40);
        for (int i = 0; i < count; ++i) {
          IocbSpec spec = any_bad_iocb(1);
          if (spec.bell == Bell::none) spec.bell = Bell::rung;
          spec.reserved = *rc::gen::inRange(0, 2) == 0 ? 1U : spec.reserved;
          spec.opcode = spec.reserved == 0 ? 6 : spec.opcode;
          RC_ASSERT(submit_one(rig, spec) < 0);
        }
        RC_ASSERT(conformance::ring_of(rig.handle_of(0)).tail == tail);
        RC_ASSERT(rig.model().bell == 0U);
        rig.empty_bell();
        RC_ASSERT(rig.fill(0) == capacity);
      },
      percent());
}

// Nothing is lost or delivered twice, but by the program's own hand: a head set back by n delivers
// the last n events again, a head set forward by n loses n.
TEST_P(RequestProperty, EventsAreDeliveredInOrderAndOnceUnlessTheProgramMovesTheHead) {
  holds(
      [&] {
        Rig rig(backend(), {.later = false, .wild_heads = true, .aio_max_nr = 0});
        rig.setup({});
        SubmitCall submit;
        submit.specs = {any_instant_iocb()};
        submit.specs[0].slot = 0;
        const int count = *rc::gen::inRange(1, 100);
        for (int i = 0; i < count; ++i) RC_ASSERT(rig.submit(submit) == 1);
        ReapCall some;
        some.nr = *rc::gen::inRange(0, count + 1);
        RC_ASSERT(rig.reap(some) == some.nr);
        std::vector<std::uint64_t> wanted(rig.accepted.begin(), rig.accepted.begin() + some.nr);
        RC_ASSERT(rig.delivered == wanted);

        const auto back =
            *rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(some.nr) + 1);
        rig.move_head(0, HeadMove::back, back);
        ReapCall rest;
        rest.nr = 512;
        RC_ASSERT(rig.reap(rest) == count - some.nr + back);
        wanted.insert(wanted.end(), rig.accepted.begin() + some.nr - back, rig.accepted.end());
        RC_ASSERT(rig.delivered == wanted);
        RC_ASSERT(rig.reap(rest) == 0);
      },
      percent());
}

// ---- the fields of an event ----

struct Wanted {
  std::uint64_t data = 0;
  std::size_t misalignment = 0;
  std::uint64_t length = 0;
  bool bad_buffer = false;
};

Wanted any_wanted() {
  Wanted wanted;
  wanted.data = *rc::gen::oneOf(rc::gen::arbitrary<std::uint64_t>(),
                                rc::gen::element<std::uint64_t>(0, ~0ULL, 1ULL << 63U));
  wanted.misalignment = *rc::gen::inRange<std::size_t>(0, 16);
  wanted.length = *rc::gen::inRange<std::uint64_t>(0, 65);
  wanted.bad_buffer = *rc::gen::inRange(0, 5) == 4;
  return wanted;
}

TEST_P(RequestProperty, EventsCarryDataObjResAndRes2Verbatim) {
  holds(
      [&] {
        Rig rig(backend(), {.later = false, .wild_heads = false, .aio_max_nr = 0});
        rig.setup({});
        const int zero = backend().files().open("/dev/zero", O_RDONLY);
        const auto all = *rc::gen::container<std::vector<Wanted>>(rc::gen::exec(any_wanted));
        const std::size_t count = std::min<std::size_t>(all.size(), 40);
        conformance::Pages place(1);
        conformance::Pages buffer(1);
        std::vector<iocb*> list;
        for (std::size_t i = 0; i < count; ++i) {
          iocb block{};
          block.aio_lio_opcode = IOCB_CMD_PREAD;
          block.aio_fildes = static_cast<std::uint32_t>(zero);
          block.aio_data = all[i].data;
          block.aio_nbytes = all[i].length;
          if (!all[i].bad_buffer) block.aio_buf = reinterpret_cast<std::uint64_t>(buffer.data());
          char* const address = place.data() + 96 * i + all[i].misalignment;
          std::memcpy(address, &block, sizeof block);
          list.push_back(reinterpret_cast<iocb*>(address));
        }
        const std::uint64_t context = rig.handle_of(0);
        const long n = static_cast<long>(count);
        RC_ASSERT(backend().io_submit(context, n, list.data()) == n);
        std::vector<io_event> events(count + 1);
        timespec now{0, 0};
        RC_ASSERT(backend().io_getevents(context, 0, n + 1, events.data(), &now) == n);
        for (std::size_t i = 0; i < count; ++i) {
          const auto length = static_cast<std::int64_t>(all[i].length);
          RC_ASSERT(events[i].data == all[i].data);
          RC_ASSERT(events[i].obj == reinterpret_cast<std::uint64_t>(list[i]));
          RC_ASSERT(events[i].res == (all[i].bad_buffer && length > 0 ? -EFAULT : length));
          RC_ASSERT(events[i].res2 == 0);
        }
      },
      percent());
}

}  // namespace
}  // namespace aioemu::property
