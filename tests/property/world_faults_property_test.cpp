// World under any mix of faults: one seed, one history, and what holds in every history.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/aio_abi.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "aioemu/world.h"
#include "observe/observer.h"
#include "tests/property/property.h"

namespace aioemu::property {
namespace {

using observe::Event;
using observe::Record;

class Witness final : public observe::Observer {
 public:
  Witness() { want(observe::kAllEvents); }
  void see(const Record& record, std::span<const abi::Segment>) noexcept override {
    records.push_back(record);
    // Addresses are the program's own, and differ between two runs of it in one process.
    records.back().iocb = 0;
    records.back().caller = 0;
  }
  std::vector<Record> records;
};

auto all_of(const Record& record) {
  return std::make_tuple(record.time, record.event, record.op, record.layer, record.action,
                         record.rule, record.fd, record.thread, record.who.process,
                         record.who.context, record.who.submit, record.who.index, record.serial,
                         record.result, record.count, record.amount, record.length, record.offset,
                         record.data, record.file);
}

// Every action of every layer, so often that they meet.
const std::vector<std::string>& rules() {
  static const std::vector<std::string> kRules{"setup one_in=3 errno EAGAIN",
                                               "submit one_in=5 errno EAGAIN",
                                               "submit one_in=4 partial 1",
                                               "submit one_in=4 continue block 1ms",
                                               "submit one_in=3 complete_early",
                                               "complete one_in=4 continue errno EIO",
                                               "complete one_in=4 continue short 7",
                                               "complete one_in=4 short -1",
                                               "complete one_in=3 delay 1us..9ms",
                                               "complete one_in=9 stall 2ms",
                                               "complete one_in=19 hang",
                                               "complete op=poll one_in=2 delay 1ms",
                                               "wait one_in=4 errno EINTR",
                                               "wait one_in=3 early 1",
                                               "wait one_in=3 eventfd_late 1ms",
                                               "cancel one_in=3 einval",
                                               "cancel one_in=3 inprogress_done",
                                               "cancel one_in=2 inprogress_canceled",
                                               "medium one_in=5 latent_sector_error",
                                               "medium one_in=5 persist=transient bit_rot",
                                               "medium one_in=5 misdirected_write",
                                               "medium one_in=5 misdirected_read",
                                               "medium one_in=5 lost_write",
                                               "medium one_in=5 stale_read",
                                               "medium one_in=5 torn_write keep=random",
                                               "durability one_in=3 fsync eio_clean",
                                               "durability one_in=3 fsync eio_dirty",
                                               "durability one_in=3 fsync eio_revert",
                                               "durability one_in=3 fsync eio_next",
                                               "durability one_in=3 fsync lie",
                                               "durability enospc budget=8K refill=4K after=1ms",
                                               "durability one_in=29 power_cut",
                                               "hostile one_in=5 duplicate",
                                               "hostile one_in=5 spurious",
                                               "hostile one_in=5 res_too_large",
                                               "hostile one_in=5 wrong_data",
                                               "hostile one_in=9 ring_corrupt",
                                               "hostile one_in=5 event_before_data"};
  return kRules;
}

std::string any_faults() {
  std::string plan = "set legal=kernel,device,illegal";
  const int count = *rc::gen::inRange(1, 9);
  for (int i = 0; i < count; ++i) plan += "; " + *rc::gen::elementOf(rules());
  return plan + *rc::gen::element<std::string>("", "; order fifo", "; order lifo", "; order random",
                                               "; order pct depth=2 steps=9");
}

struct Deed {
  unsigned what = 0;
  unsigned with = 0;
};
using Deeds = std::vector<Deed>;

// A program of numbers, and what an observer sees of it.
class Life {
 public:
  Life(const Deeds& deeds, const std::string& plan, std::uint64_t seed) {
    World world({.plan = plan, .seed = seed});
    world.observe(&witness_);
    open_files(world);
    for (const Deed& deed : deeds) live(world, deed);
    hash_ = world.trace_hash();
  }
  [[nodiscard]] const std::vector<Record>& records() const { return witness_.records; }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  void open_files(World& world) {
    files_ = {world.create_file("a", 9000), world.create_file("b", 100), 0, 0};
    std::array<int, 2> ends{};
    world.pipe(ends.data(), O_NONBLOCK);
    files_[2] = ends[0];
    files_[3] = ends[1];
    counter_ = world.eventfd(0, O_NONBLOCK);
  }

  void live(World& world, const Deed& deed) {
    try {
      act(world, deed);
    } catch (const CertainHang&) {
    } catch (const PowerCut&) {
      context_ = 0;
      open_files(world);
    }
  }

  void act(World& world, const Deed& deed) {
    timespec soon{0, static_cast<long>(deed.with) * 10'000};
    switch (deed.what % 8) {
      case 0:
        world.io_setup(16, &context_);
        break;
      case 1:
      case 2:
        submit(world, deed.with);
        break;
      case 3:
        world.io_getevents(context_, deed.with % 4, 8, events_.data(), &soon);
        break;
      case 4:
        world.io_cancel(context_, &blocks_.at(deed.with % blocks_.size()), nullptr);
        break;
      case 5:
        world.advance(deed.with * 50'000L);
        break;
      case 6:
        own_io(world, deed.with);
        break;
      default:
        if (deed.with % 9 == 0) {
          world.io_destroy(context_);
          context_ = 0;
        }
    }
  }

  void own_io(World& world, unsigned with) {
    if (with % 3 == 0) world.fsync(files_[0]);
    if (with % 3 == 1) world.pwrite(files_[0], buffer_.data(), with, with * 100);
    if (with % 3 == 2) world.write(files_[3], buffer_.data(), with % 50);
  }

  void submit(World& world, unsigned with) {
    constexpr std::array<std::uint16_t, 6> kOps{IOCB_CMD_PREAD, IOCB_CMD_PWRITE, IOCB_CMD_PREAD,
                                                IOCB_CMD_FSYNC, IOCB_CMD_POLL,   IOCB_CMD_PWRITE};
    std::array<iocb*, 3> list{};
    for (unsigned i = 0; i < list.size(); ++i) {
      iocb& block = blocks_.at((with + i) % blocks_.size());
      block = {};
      block.aio_lio_opcode = kOps.at((with + i) % kOps.size());
      const bool polls = block.aio_lio_opcode == IOCB_CMD_POLL;
      const std::size_t file = polls ? 2 : (with / 3 + i) % 2;
      block.aio_fildes = static_cast<std::uint32_t>(files_.at(file));
      block.aio_buf = polls ? POLLIN : reinterpret_cast<std::uint64_t>(buffer_.data());
      const bool moves = !polls && block.aio_lio_opcode != IOCB_CMD_FSYNC;
      block.aio_nbytes = moves ? with * 20 : 0;
      block.aio_offset = moves ? with % 90 * 64 : 0;
      block.aio_data = with + i;
      if (with % 5 == 0) {
        block.aio_flags = IOCB_FLAG_RESFD;
        block.aio_resfd = static_cast<std::uint32_t>(counter_);
      }
      list.at(i) = &block;
    }
    world.io_submit(context_, 1 + with % 3, list.data());
  }

  std::array<char, 4096> buffer_{};
  std::array<iocb, 8> blocks_{};
  std::array<io_event, 8> events_{};
  std::array<int, 4> files_{};
  int counter_ = -1;
  aio_context_t context_ = 0;
  Witness witness_;
  std::uint64_t hash_ = 0;
};

Deeds any_deeds() {
  Deeds deeds{{0, 0}};
  const auto more = *rc::gen::container<Deeds>(rc::gen::exec([] {
    return Deed{*rc::gen::inRange(0U, 8U), *rc::gen::inRange(0U, 100U)};
  }));
  deeds.insert(deeds.end(), more.begin(), more.end());
  return deeds;
}

TEST(WorldFaultsProperty, TheSameSeedGivesTheSameRecords) {
  holds([] {
    const Deeds deeds = any_deeds();
    const std::string plan = any_faults();
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const Life one(deeds, plan, seed);
    const Life other(deeds, plan, seed);
    RC_ASSERT(one.records().size() == other.records().size());
    for (std::size_t i = 0; i < one.records().size(); ++i) {
      RC_ASSERT(all_of(one.records()[i]) == all_of(other.records()[i]));
    }
    RC_ASSERT(one.hash() == other.hash());
  });
}

// Of one request in one life of the machine: which events have gone by.
using Passed = std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<Event>>;

bool in_order(const std::vector<Event>& passed) {
  const std::vector<Event> held{Event::accepted, Event::held, Event::started, Event::completed};
  const std::vector<Event> at_once{Event::accepted, Event::completed};
  const auto begins = [&](const std::vector<Event>& whole) {
    return passed.size() <= whole.size() && std::equal(passed.begin(), passed.end(), whole.begin());
  };
  return begins(held) || begins(at_once);
}

TEST(WorldFaultsProperty, ARequestIsAcceptedHeldStartedAndCompletedOnceEach) {
  holds([] {
    const Life life(any_deeds(), any_faults(), *rc::gen::arbitrary<std::uint64_t>());
    Passed passed;
    std::uint64_t time = 0;
    for (const Record& record : life.records()) {
      RC_ASSERT(record.time >= time);
      time = record.time;
      const bool of_request = record.event == Event::accepted || record.event == Event::held ||
                              record.event == Event::started || record.event == Event::completed;
      if (of_request) passed[{record.who.process, record.serial}].push_back(record.event);
    }
    for (const auto& [request, events] : passed) RC_ASSERT(in_order(events));
  });
}

}  // namespace
}  // namespace aioemu::property
