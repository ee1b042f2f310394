// LiveRules: the rules of a run that is under way, and the commands that change them.
//
// What is added is checked as a plan is before a run. A rule that has been taken away keeps its
// place in the report; its name is free again.
//
// Threading: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "fault/plan.h"
#include "host/session.h"

namespace aioemu::cli {

class LiveRules {
 public:
  // A rule has joined: what the trace calls it, and its text.
  using Joined = std::function<void(const std::string& word, const std::string& text)>;

  // `session` was made from `plan`, and outlives this.
  LiveRules(host::Session& session, fault::FaultPlan plan);
  void on_joined(Joined joined) { joined_ = std::move(joined); }

  // All rules that there have been, in the order of their numbers.
  [[nodiscard]] fault::FaultPlan plan() const;
  // Commands that have been carried out.
  [[nodiscard]] std::uint64_t changes() const;

  // One answer, without a newline: "ok ...", or "error ..." with nothing changed.
  std::string add(std::string_view statement);
  std::string remove(std::string_view name);
  std::string clear();
  std::string pause(bool on);

 private:
  std::string publish(const fault::FaultPlan& combined, std::size_t first);
  [[nodiscard]] fault::FaultPlan living() const;

  host::Session& session_;
  mutable std::mutex mutex_;
  fault::FaultPlan plan_;
  std::vector<std::string> words_;
  std::uint64_t changes_ = 0;
  Joined joined_;
};

}  // namespace aioemu::cli
