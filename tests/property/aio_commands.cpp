#include "tests/property/aio_commands.h"

#include <array>
#include <limits>
#include <ostream>

namespace aioemu::property {
namespace {

using aio_model::Memory;

template <typename Table>
auto pick(const Table& table) {
  return table.at(*rc::gen::inRange<std::size_t>(0, table.size()));
}
bool one_in(int n) { return *rc::gen::inRange(0, n) == n - 1; }

constexpr std::array<std::uint64_t, 8> kCounts{1, 4, 62, 63, 100, 126, 127, 200};
constexpr std::array<std::uint64_t, 14> kOddCounts{
    0,          65537,      4194304,    4194305,    0x7fffffff,  0x80000000,  0x80000001,
    0x80400000, 0x80400001, 0xffffffff, 0x80000002, 0x100000000, 0x100000001, 0x10000000a};
constexpr std::array kMemories{Memory::good, Memory::read_only, Memory::unreadable};
constexpr std::array kHandles{HandleKind::zero, HandleKind::shifted, HandleKind::stale,
                              HandleKind::plain_memory};
constexpr std::array kTimeouts{TimeoutKind::zero,     TimeoutKind::wrapped_zero,
                               TimeoutKind::brief,    TimeoutKind::none,
                               TimeoutKind::negative, TimeoutKind::unreadable};
constexpr std::array kHandleNames{"", " handle=0", " handle+8", " handle=stale", " handle=memory"};
constexpr std::array kMemoryNames{"", " read-only", " unreadable"};
constexpr std::array kTimeoutNames{"{0,0}", "{-1,1e9}", "{0,1000}", "NULL", "{-1,0}", "unreadable"};

template <typename Names, typename Value>
const char* name_in(const Names& names, Value value) {
  return names.at(static_cast<std::size_t>(value));
}

int any_live_place(const Sketch& sketch) {
  const int place = *rc::gen::inRange(0, kPlaces);
  RC_PRE(sketch.alive.at(static_cast<std::size_t>(place)));
  return place;
}
HandleKind any_handle() { return one_in(25) ? pick(kHandles) : HandleKind::live; }

class Setup final : public AioCommand {
 public:
  explicit Setup(const Sketch& sketch) {
    call_.place = *rc::gen::inRange(0, kPlaces);
    RC_PRE(!sketch.alive.at(static_cast<std::size_t>(call_.place)));
    call_.nr_events = pick(kCounts);
    if (!one_in(5)) return;
    if (one_in(2)) call_.nr_events = pick(kOddCounts);
    if (one_in(4)) call_.ctxp = pick(kMemories);
    if (one_in(4)) call_.old_value = 1;
  }
  void apply(Sketch& sketch) const override {
    sketch.alive.at(static_cast<std::size_t>(call_.place)) =
        call_.nr_events > 0 && call_.nr_events <= 200 && call_.ctxp == Memory::good &&
        call_.old_value == 0;
  }
  void run(const Sketch&, Rig& rig) const override { rig.setup(call_); }
  void show(std::ostream& out) const override {
    out << "setup " << call_.place << ": nr_events=" << call_.nr_events
        << name_in(kMemoryNames, call_.ctxp) << (call_.old_value != 0 ? " *ctxp=1" : "");
  }

 private:
  SetupCall call_;
};

class Submit final : public AioCommand {
 public:
  explicit Submit(const Sketch& sketch) {
    call_.place = any_live_place(sketch);
    call_.handle = any_handle();
    const int count = *rc::gen::inRange(1, 6);
    for (int i = 0; i < count; ++i) call_.specs.push_back(any_iocb());
    if (one_in(5)) call_.copies = *rc::gen::inRange(1, 60);
    if (one_in(12)) call_.nr_change = pick(kChanges);
  }
  void run(const Sketch&, Rig& rig) const override { rig.submit(call_); }
  void show(std::ostream& out) const override {
    out << "submit " << call_.place << name_in(kHandleNames, call_.handle);
    if (call_.copies != 1) out << " x" << call_.copies;
    if (call_.nr_change != 0) out << " nr" << std::showpos << call_.nr_change << std::noshowpos;
    for (const IocbSpec& spec : call_.specs) out << "\n    " << spec;
  }

 private:
  static constexpr std::array<long, 5> kChanges{0, -1, 1, -1000, 1'000'000'000'000};
  SubmitCall call_;
};

class Reap final : public AioCommand {
 public:
  explicit Reap(const Sketch& sketch) {
    call_.place = any_live_place(sketch);
    call_.handle = any_handle();
    call_.nr = *rc::gen::inRange(0L, 200L);
    call_.min_nr = *rc::gen::inRange(0L, call_.nr + 1);
    if (one_in(15)) call_.min_nr = pick(kOddMinimums);
    if (one_in(15)) call_.nr = std::numeric_limits<long>::max();
    call_.timeout = pick(kTimeouts);
    if (one_in(6)) call_.room = *rc::gen::inRange(0, 4);
    call_.with_mask = one_in(4);
  }
  void run(const Sketch&, Rig& rig) const override { rig.reap(call_); }
  void show(std::ostream& out) const override {
    out << (call_.with_mask ? "pgetevents " : "getevents ") << call_.place
        << name_in(kHandleNames, call_.handle) << ": min_nr=" << call_.min_nr << " nr=" << call_.nr
        << " timeout=" << name_in(kTimeoutNames, call_.timeout);
    if (call_.room >= 0) out << " room=" << call_.room;
  }

 private:
  static constexpr std::array<long, 3> kOddMinimums{-1, 201, std::numeric_limits<long>::min()};
  ReapCall call_;
};

class Cancel final : public AioCommand {
 public:
  explicit Cancel(const Sketch& sketch) {
    call_.place = any_live_place(sketch);
    call_.handle = any_handle();
    call_.slot = *rc::gen::inRange(0, kSlots);
    if (one_in(8)) call_.memory = pick(kMemories);
  }
  void run(const Sketch&, Rig& rig) const override { rig.cancel(call_); }
  void show(std::ostream& out) const override {
    out << "cancel " << call_.place << name_in(kHandleNames, call_.handle)
        << ": slot=" << call_.slot << name_in(kMemoryNames, call_.memory);
  }

 private:
  CancelCall call_;
};

class Destroy final : public AioCommand {
 public:
  // Seldom, so that contexts live to be full.
  explicit Destroy(const Sketch& sketch) : place_(any_live_place(sketch)), handle_(any_handle()) {
    RC_PRE(one_in(4));
  }
  void apply(Sketch& sketch) const override {
    if (handle_ == HandleKind::live) sketch.alive.at(static_cast<std::size_t>(place_)) = false;
  }
  void run(const Sketch&, Rig& rig) const override { rig.destroy(place_, handle_); }
  void show(std::ostream& out) const override {
    out << "destroy " << place_ << name_in(kHandleNames, handle_);
  }

 private:
  int place_;
  HandleKind handle_;
};

class WaitAndWake final : public AioCommand {
 public:
  explicit WaitAndWake(const Sketch& sketch)
      : place_(any_live_place(sketch)),
        second_(*rc::gen::inRange(0, 2) == 1),
        fewer_(*rc::gen::inRange(0, 4)) {}
  void run(const Sketch&, Rig& rig) const override { rig.wait_and_wake(place_, second_, fewer_); }
  void show(std::ostream& out) const override {
    out << "sleep in getevents " << place_ << ", wake by a write to "
        << (second_ ? "pipe2" : "pipe") << ", wanting " << fewer_ << " fewer than that brings";
  }

 private:
  int place_;
  bool second_;
  int fewer_;
};

class ReapByHead final : public AioCommand {
 public:
  explicit ReapByHead(const Sketch& sketch)
      : place_(any_live_place(sketch)), amount_(*rc::gen::inRange(0U, 130U)) {}
  void run(const Sketch&, Rig& rig) const override {
    rig.move_head(place_, HeadMove::reap, amount_);
  }
  void show(std::ostream& out) const override {
    out << "reap " << amount_ << " (modulo what is there) by the head of " << place_;
  }

 private:
  int place_;
  std::uint32_t amount_;
};

class WildHead final : public AioCommand {
 public:
  explicit WildHead(const Sketch& sketch)
      : place_(any_live_place(sketch)),
        move_(pick(kMoves)),
        amount_(one_in(2) ? *rc::gen::inRange(0U, 300U) : *rc::gen::arbitrary<std::uint32_t>()) {}
  void run(const Sketch&, Rig& rig) const override { rig.move_head(place_, move_, amount_); }
  void show(std::ostream& out) const override {
    out << "head of " << place_ << ": " << name_in(kNames, move_) << ' ' << amount_;
  }

 private:
  static constexpr std::array kMoves{HeadMove::back, HeadMove::add_nr, HeadMove::absolute};
  static constexpr std::array kNames{"reap", "plus nr", "back", "="};
  int place_;
  HeadMove move_;
  std::uint32_t amount_;
};

class TouchFile final : public AioCommand {
 public:
  TouchFile() : what_(pick(kTouches)), amount_(*rc::gen::inRange(1, 9)) {}
  void run(const Sketch&, Rig& rig) const override { rig.touch(what_, amount_); }
  void show(std::ostream& out) const override { out << name_in(kNames, what_) << ' ' << amount_; }

 private:
  static constexpr std::array kTouches{Touch::write_pipe, Touch::write_second_pipe,
                                       Touch::drain_pipe, Touch::add_to_counter,
                                       Touch::take_counter};
  static constexpr std::array kNames{"write to pipe", "write to pipe2", "drain pipe",
                                     "add to counter", "take counter"};
  Touch what_;
  int amount_;
};

class EmptyBell final : public AioCommand {
 public:
  void run(const Sketch&, Rig& rig) const override { rig.empty_bell(); }
  void show(std::ostream& out) const override { out << "read the bell"; }
};

class HideId final : public AioCommand {
 public:
  explicit HideId(const Sketch& sketch)
      : place_(any_live_place(sketch)), other_(*rc::gen::inRange(0U, 6U)) {}
  void run(const Sketch&, Rig& rig) const override { rig.hide_id(place_, other_); }
  void show(std::ostream& out) const override { out << "id of " << place_ << " = " << other_; }

 private:
  int place_;
  std::uint32_t other_;
};

class Fork final : public AioCommand {
 public:
  Fork() { RC_PRE(one_in(8)); }
  void run(const Sketch&, Rig& rig) const override { rig.fork(); }
  void show(std::ostream& out) const override { out << "fork"; }
};

}  // namespace

CommandGenerator any_command(const Sketch& sketch) {
  return rc::state::gen::execOneOfWithArgs<
      Setup, Setup, Submit, Submit, Submit, Submit, Reap, Reap, Reap, Cancel, Cancel, Destroy,
      WaitAndWake, ReapByHead, WildHead, TouchFile, TouchFile, EmptyBell, HideId, Fork>()(sketch);
}

CommandGenerator any_lossless_command(const Sketch& sketch) {
  return rc::state::gen::execOneOfWithArgs<Setup, Setup, Submit, Submit, Submit, Submit, Reap, Reap,
                                           Cancel, Cancel, WaitAndWake, ReapByHead, TouchFile,
                                           TouchFile, EmptyBell, HideId>()(sketch);
}

}  // namespace aioemu::property
