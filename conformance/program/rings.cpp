#include "conformance/program/rings.h"

#include <sys/mman.h>

#include <cstring>

#include "conformance/aio.h"

namespace conformance::program {
namespace {

constexpr int kBoth = PROT_READ | PROT_WRITE;
constexpr unsigned kHeadWord = 2;
constexpr unsigned kTailWord = 3;

volatile std::uint32_t* words_of(const RingState& state) {
  return reinterpret_cast<volatile std::uint32_t*>(state.handle);
}

std::size_t bytes_of(const RingState& state) { return (std::size_t{state.nr} + 1) * 32; }

std::uint64_t slot_address(const RingState& state, std::uint32_t index) {
  return state.handle + 32 + std::uint64_t{index} * 32;
}

std::uint32_t distance(const RingState& state, std::uint32_t from, std::uint32_t to) {
  return (to % state.nr + state.nr - from % state.nr) % state.nr;
}

}  // namespace

Rings::Opened::Opened(Side& side, const RingState& state) : side_(side), state_(state) {
  if (state.protection != kBoth) side.protect_ring(state.handle, bytes_of(state), kBoth);
}

Rings::Opened::~Opened() {
  if (state_.protection == kBoth) return;
  side_.protect_ring(state_.handle, bytes_of(state_), state_.protection);
}

void Rings::born(unsigned slot, std::uint64_t handle) {
  RingState& state = states_[slot];
  state = RingState();
  state.live = true;
  state.handle = handle;
  for (unsigned i = 0; i < 8; ++i) state.header[i] = words_of(state)[i];
  state.nr = state.header[1];
}

void Rings::died(std::uint64_t handle) {
  for (RingState& state : states_) {
    if (state.live && state.handle == handle) state.live = false;
  }
}

RingView Rings::view(unsigned slot) {
  RingState& state = states_[slot];
  RingView view;
  if (!state.live) return view;
  const Opened opened(*side_, state);
  view.there = true;
  view.head = words_of(state)[kHeadWord];
  view.tail = words_of(state)[kTailWord];
  return view;
}

void Rings::collect(std::vector<Arrival>* arrived) {
  for (unsigned slot = 0; slot < kContexts; ++slot) {
    RingState& state = states_[slot];
    if (!state.live) continue;
    const Opened opened(*side_, state);
    const std::uint32_t tail = words_of(state)[kTailWord];
    if (tail == state.last_word) continue;
    const std::uint32_t count = distance(state, state.last_true, tail);
    for (std::uint32_t i = 0; i < count; ++i) {
      Arrival one;
      one.context = static_cast<std::uint8_t>(slot);
      std::memcpy(&one.event,
                  reinterpret_cast<void*>(slot_address(state, (state.last_true + i) % state.nr)),
                  sizeof one.event);
      arrived->push_back(one);
    }
    state.last_true = state.last_word = tail;
    state.used = true;
  }
}

void Rings::rewrite_latest(unsigned slot, const std::vector<Event>& events) {
  RingState& state = states_[slot];
  const Opened opened(*side_, state);
  const auto count = static_cast<std::uint32_t>(events.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t index = (state.last_true + state.nr - count + i) % state.nr;
    std::memcpy(reinterpret_cast<void*>(slot_address(state, index)), &events[i], sizeof(Event));
  }
}

bool Rings::store(unsigned slot, unsigned word, std::uint32_t value) {
  RingState& state = states_[slot];
  if (!state.live || state.protection != kBoth) return false;
  words_of(state)[word] = value;
  if (word == kTailWord) state.last_word = value;
  state.used = true;
  return true;
}

void Rings::protect(unsigned slot, int protection) {
  RingState& state = states_[slot];
  side_->protect_ring(state.handle, bytes_of(state), protection);
  state.protection = protection;
}

void Rings::discard_all(unsigned slot) {
  RingState& state = states_[slot];
  words_of(state)[kTailWord] = state.last_true;
  words_of(state)[kHeadWord] = state.last_true;
  state.last_word = state.last_true;
}

void Rings::repair(unsigned slot) {
  RingState& state = states_[slot];
  if (!state.live) return;
  if (state.protection != kBoth) protect(slot, kBoth);
  for (unsigned i = 0; i < 8; ++i) {
    if (i != kHeadWord && i != kTailWord) words_of(state)[i] = state.header[i];
  }
  discard_all(slot);
}

void Rings::restore(unsigned slot) {
  RingState& state = states_[slot];
  repair(slot);
  if (!state.live || !state.used) return;
  std::memset(reinterpret_cast<void*>(state.handle + 32), 0, bytes_of(state) - 32);
  state.used = false;
}

}  // namespace conformance::program
