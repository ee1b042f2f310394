// The contexts of a running program, seen through their rings.
//
// The kernel keeps a tail of its own and stores it into the ring at each completion (K141). So the
// events that arrived since the last look are those between the tail of the last completion and
// the tail word, as soon as that word is another than what the program or the kernel stored last;
// a forged tail does not mislead.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "conformance/program/sides/side.h"
#include "conformance/program/transcript.h"

namespace conformance::program {

struct RingState {
  bool live = false;
  std::uint64_t handle = 0;
  std::uint32_t nr = 0;                   // from the header at birth
  std::array<std::uint32_t, 8> header{};  // at birth
  std::uint32_t last_true = 0;            // tail of the last completion
  std::uint32_t last_word = 0;            // tail word as last seen or stored by the program
  int protection = 3;
  std::uint32_t room = 0;  // requests it took when it was new
  bool used = false;       // something arrived, or words were stored
};

class Rings {
 public:
  explicit Rings(Side& side) : side_(&side) {}

  [[nodiscard]] RingState& at(unsigned slot) { return states_[slot]; }
  // A context was set up; its ring is at `handle`.
  void born(unsigned slot, std::uint64_t handle);
  void died(std::uint64_t handle);
  void forget() { states_ = {}; }

  // What is in the header now.
  RingView view(unsigned slot);
  // Events that arrived since the last call, oldest first; appended.
  void collect(std::vector<Arrival>* arrived);
  // Puts `events` in place of the last ones that arrived on this ring.
  void rewrite_latest(unsigned slot, const std::vector<Event>& events);
  // One word of the header, as the program stores it. False where it could not.
  bool store(unsigned slot, unsigned word, std::uint32_t value);
  void protect(unsigned slot, int protection);
  // Header as at birth, empty; readable and writable.
  void repair(unsigned slot);
  // The same, and nothing in the slots.
  void restore(unsigned slot);
  void discard_all(unsigned slot);  // head = tail = true tail

 private:
  // Makes a protected ring accessible to us for a moment.
  class Opened {
   public:
    Opened(Side& side, const RingState& state);
    ~Opened();
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

   private:
    Side& side_;
    const RingState& state_;
  };
  Side* side_;
  std::array<RingState, kContexts> states_{};
};

}  // namespace conformance::program
