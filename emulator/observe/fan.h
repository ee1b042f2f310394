// Fan: one observer that stands for two.
#pragma once

#include "observe/observer.h"

namespace aioemu::observe {

// Either may be null. Both outlive it. What they want is looked at again after each record.
class Fan final : public Observer {
 public:
  Fan() = default;
  Fan(Observer* first, Observer* second) noexcept : first_(first), second_(second) { refresh(); }

  void read_through(core::UserMemory& memory) noexcept override {
    if (first_ != nullptr) first_->read_through(memory);
    if (second_ != nullptr) second_->read_through(memory);
    refresh();
  }
  void see(const Record& record, std::span<const abi::Segment> segments) noexcept override {
    if (first_ != nullptr) first_->see(record, segments);
    if (second_ != nullptr) second_->see(record, segments);
    refresh();
  }

 private:
  void refresh() noexcept {
    want((first_ != nullptr ? first_->wanted() : 0) | (second_ != nullptr ? second_->wanted() : 0));
  }

  Observer* first_ = nullptr;
  Observer* second_ = nullptr;
};

}  // namespace aioemu::observe
