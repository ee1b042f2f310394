// RuleIndex: which rules there are, by what they are about, in memory that processes can share.
//
// Rules can join and leave while others decide. A rule that joins is complete before the index
// names it; one that leaves is named no more, and keeps its number and its counters. Zero bytes
// are an empty index.
//
// Threading: one at a time adds and removes; any number of threads and processes read.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "fault/questions.h"
#include "fault/rule.h"

namespace aioemu::fault {

// A number that one changes and others read. Copying one is for whoever has it alone.
template <typename Number>
class SharedNumber {
 public:
  SharedNumber() = default;
  SharedNumber(const SharedNumber& other) noexcept : value_(other.load()) {}
  SharedNumber& operator=(const SharedNumber& other) noexcept {
    store(other.load());
    return *this;
  }
  [[nodiscard]] Number load() const noexcept { return value_.load(std::memory_order_acquire); }
  void store(Number value) noexcept { value_.store(value, std::memory_order_release); }
  void set(Number bits) noexcept { value_.fetch_or(bits, std::memory_order_release); }
  void clear(Number bits) noexcept {
    value_.fetch_and(static_cast<Number>(~bits), std::memory_order_release);
  }

 private:
  std::atomic<Number> value_{0};
};

class SharedRuleSet {
 public:
  void add(std::size_t rule) noexcept { words_[rule / 64].set(bit(rule)); }
  void remove(std::size_t rule) noexcept { words_[rule / 64].clear(bit(rule)); }
  [[nodiscard]] std::uint64_t word(std::size_t index) const noexcept {
    return words_[index].load();
  }
  [[nodiscard]] bool contains(std::size_t rule) const noexcept {
    return (word(rule / 64) & bit(rule)) != 0;
  }

 private:
  static constexpr std::uint64_t bit(std::size_t rule) noexcept {
    return std::uint64_t{1} << (rule % 64);
  }
  std::array<SharedNumber<std::uint64_t>, RuleSet::kWords> words_;
};

class RuleIndex {
 public:
  static constexpr std::size_t kOpcodes = 9;

  // The rule of that number, which is the next one, is ready.
  void add(std::size_t rule, const RuleBody& body) noexcept;
  // It decides no more. False when it did not before.
  bool remove(std::size_t rule) noexcept;
  // While paused, no rule decides.
  void pause(bool on) noexcept { paused_.store(on ? 1 : 0); }
  // Says that rules may still join: who asks what there is must then reckon with all.
  void keep_open() noexcept { open_.store(1); }

  [[nodiscard]] std::size_t count() const noexcept { return count_.load(); }
  [[nodiscard]] bool contains(std::size_t rule) const noexcept { return all_.contains(rule); }
  [[nodiscard]] bool paused() const noexcept { return paused_.load() != 0; }
  [[nodiscard]] bool open() const noexcept { return open_.load() != 0; }
  [[nodiscard]] bool acts_on(Layer layer) const noexcept {
    return open() || (layers_.load() >> static_cast<unsigned>(layer) & 1U) != 0;
  }
  [[nodiscard]] OpSet operations_of(Layer layer) const noexcept {
    return open() ? kAllOps : operations_[static_cast<std::size_t>(layer)].load();
  }
  [[nodiscard]] bool wants_paths() const noexcept { return open() || wants_paths_.load() != 0; }
  [[nodiscard]] bool wants_time() const noexcept { return open() || wants_time_.load() != 0; }

  // Rules without path=.
  [[nodiscard]] const SharedRuleSet& pathless() const noexcept { return pathless_; }
  // Rules of a layer about calls, and about requests of an operation.
  [[nodiscard]] const SharedRuleSet& calls(Layer layer) const noexcept {
    return calls_[static_cast<std::size_t>(layer)];
  }
  [[nodiscard]] const SharedRuleSet& requests(Layer layer, abi::Opcode op) const noexcept {
    return requests_[static_cast<std::size_t>(layer)][static_cast<std::size_t>(op)];
  }

 private:
  SharedNumber<std::uint32_t> count_;
  SharedNumber<std::uint32_t> paused_;
  SharedNumber<std::uint32_t> open_;
  SharedNumber<std::uint32_t> layers_;  // bit 1 << layer
  SharedNumber<std::uint32_t> wants_paths_;
  SharedNumber<std::uint32_t> wants_time_;
  std::array<SharedNumber<OpSet>, kLayers> operations_;
  SharedRuleSet all_;  // that have not left
  SharedRuleSet pathless_;
  std::array<SharedRuleSet, kLayers> calls_;
  std::array<std::array<SharedRuleSet, kOpcodes>, kLayers> requests_;
};

}  // namespace aioemu::fault
