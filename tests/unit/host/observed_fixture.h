// ObservedTest: an address space that somebody looks on, and what that somebody saw.
#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <variant>
#include <vector>

#include "fault/capabilities.h"
#include "fault/injector.h"
#include "fault/plan.h"
#include "host/counters.h"
#include "host/environment.h"
#include "host/spaces.h"
#include "observe/observer.h"
#include "runtime_fixture.h"

namespace aioemu::host {

// Keeps all records, in their order.
class Recorder final : public observe::Observer {
 public:
  Recorder() { seen_.reserve(4096); }
  void look_for(std::uint32_t events) { want(events); }
  void see(const observe::Record& record, std::span<const abi::Segment>) noexcept override {
    seen_.push_back(record);
  }
  [[nodiscard]] const std::vector<observe::Record>& all() const { return seen_; }
  [[nodiscard]] std::vector<observe::Record> of(observe::Event event) const {
    std::vector<observe::Record> some;
    for (const observe::Record& record : seen_) {
      if (record.event == event) some.push_back(record);
    }
    return some;
  }
  // The events in one line: "setup submit accepted completed submitted".
  [[nodiscard]] std::string story() const {
    std::string text;
    for (const observe::Record& record : seen_) {
      if (!text.empty()) text += " ";
      text += observe::word_of(record.event);
    }
    return text;
  }
  void forget() { seen_.clear(); }

 private:
  std::vector<observe::Record> seen_;
};

class NoLimit final : public core::System {
 public:
  std::uint64_t aio_max_nr() noexcept override { return 1U << 16U; }
  bool charge(std::uint64_t) noexcept override { return true; }
  void uncharge(std::uint64_t) noexcept override {}
  bool may_use_realtime_io() noexcept override { return false; }
};

inline fault::FaultPlan plan_for_host(const char* text) {
  auto parsed = fault::parse_for(fault::runtime_capabilities(), text, "plan");
  if (const auto* error = std::get_if<fault::PlanError>(&parsed)) {
    throw std::invalid_argument(fault::describe(*error));
  }
  return std::get<fault::FaultPlan>(std::move(parsed));
}

class ObservedTest : public testing::Test, private Environment {
 protected:
  explicit ObservedTest(const char* plan = "")
      : plan_(plan_for_host(plan)),
        rules_(fault::compile(plan_)),
        states_(rules_.size()),
        injector_(rules_, states_, 0) {
    core::KernelProfile profile;
    profile.possible_cpus = 2;
    recorder_.look_for(observe::kAllEvents);
    spaces_ = Spaces::create(profile, *this);
  }
  ~ObservedTest() override {
    if (spaces_ != nullptr) Spaces::destroy(spaces_);
  }
  void SetUp() override { ASSERT_EQ(space().setup(64, address(&ctx_)), 0); }

  Space& space() { return *spaces_->here(); }
  void end_space() {
    Spaces::destroy(spaces_);
    spaces_ = nullptr;
  }
  long submit(std::vector<iocb*> blocks) {
    return space().submit(ctx_, static_cast<std::int64_t>(blocks.size()), address(blocks.data()));
  }
  std::vector<io_event> reap(long least, long most = 64) {
    std::vector<io_event> events(static_cast<std::size_t>(most));
    const timespec limit{10, 0};
    const long count =
        space().getevents(ctx_, least, most, address(events.data()), address(&limit));
    EXPECT_GE(count, least);
    events.resize(static_cast<std::size_t>(std::max(count, 0L)));
    return events;
  }
  template <typename T>
  static core::UserAddress address(const T* pointer) {
    return reinterpret_cast<core::UserAddress>(pointer);
  }

  Recorder recorder_;
  aio_context_t ctx_ = 0;

 private:
  Seat take_seat() noexcept override {
    return {&system_, &injector_, nullptr, 0, &recorder_, &began_};
  }

  fault::FaultPlan plan_;
  std::vector<fault::CompiledRule> rules_;
  std::vector<fault::RuleState> states_;
  fault::Injector injector_;
  NoLimit system_;
  std::atomic<std::uint64_t> began_{0};
  Spaces* spaces_ = nullptr;
};

inline Fd scratch(const char* directory, std::string_view text, int flags = 0) {
  std::string path = std::string(directory) + "/aioemu_seen_XXXXXX";
  Fd first(mkstemp(path.data()));
  EXPECT_EQ(write(first, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  Fd file(open(path.c_str(), O_RDWR | flags));
  unlink(path.c_str());
  return file;
}

}  // namespace aioemu::host
