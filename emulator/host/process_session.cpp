#include "host/process_session.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fault/capabilities.h"

namespace aioemu::host {
namespace {

constexpr int kExitFailed = 125;

[[noreturn]] void refuse(const std::string& reason) noexcept {
  const std::string text = "aioemu: " + reason + "\n";
  static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
  // Not exit(): the program's own exit functions have no business here.
  syscall(SYS_exit_group, kExitFailed);
  std::abort();
}

// The variable's value; empty when it is not set.
std::string_view variable(const char* name) noexcept {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::uint64_t number_in(const char* name, std::uint64_t otherwise) noexcept {
  const std::string_view text = variable(name);
  if (text.empty()) return otherwise;
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status == std::errc() && stop == end) return value;
  refuse(std::string(name) + " is not a number: " + std::string(text));
}

fault::FaultPlan plan_in_environment() {
  auto parsed = fault::parse(variable(kPlanVariable), kPlanVariable);
  if (auto* plan = std::get_if<fault::FaultPlan>(&parsed)) {
    plan->seed = number_in(kSeedVariable, plan->seed.value_or(0));
    parsed = fault::prepare(*plan, fault::run_capabilities());
  }
  if (const auto* error = std::get_if<fault::PlanError>(&parsed)) refuse(describe(*error));
  return std::get<fault::FaultPlan>(parsed);
}

// Only if somebody asks for them.
observe::OracleChoice oracles_in_environment() {
  const std::string_view list = variable(kOraclesVariable);
  const auto parsed = observe::parse_oracles(list.empty() ? "none" : list);
  if (const auto* reason = std::get_if<std::string>(&parsed)) {
    refuse(std::string(kOraclesVariable) + ": " + *reason);
  }
  return std::get<observe::OracleChoice>(parsed);
}

void create_private(Session& session) {
  const fault::FaultPlan plan = plan_in_environment();
  const std::vector<fault::CompiledRule> rules = fault::compile(plan);
  SessionSettings settings;
  settings.seed = plan.seed.value_or(0);
  settings.aio_max_nr = number_in(kAioMaxNrVariable, plan.aio_max_nr.value_or(kDefaultAioMaxNr));
  settings.rules = rules;
  settings.oracles = oracles_in_environment();
  settings.order = plan.order.value_or(fault::Order{});
  settings.sector = plan.sector.value_or(fault::kDefaultSector);
  if (!session.create_private(settings)) refuse("no memory for a session, or too many rules");
}

Session* make() {
  // Never destroyed, so that calls made while the process exits still find it.
  alignas(Session) static char storage[sizeof(Session)];
  auto* session = new (storage) Session;
  const std::string path(variable(kSessionVariable));
  if (path.empty() || !session->attach(path.c_str())) create_private(*session);
  session->note_loaded();
  return session;
}

}  // namespace

constinit std::atomic<Session*> known_process_session{nullptr};

Session& make_process_session() noexcept {
  static Session* const session = make();
  known_process_session.store(session, std::memory_order_release);
  return *session;
}

}  // namespace aioemu::host
