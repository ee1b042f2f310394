// The plan parser: no text crashes it, and what it accepts it prints so that it means the same.

#include "fault/plan.h"

#include <cstdint>
#include <string_view>
#include <variant>

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fault = aioemu::fault;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = fault::parse(text, "input");
  const auto* const plan = std::get_if<fault::FaultPlan>(&parsed);
  if (plan == nullptr) {
    AIOEMU_CHECK(!describe(std::get<fault::PlanError>(parsed)).empty());
    return 0;
  }
  const auto again = fault::parse(print(*plan), "printed");
  AIOEMU_CHECK(std::holds_alternative<fault::FaultPlan>(again));
  AIOEMU_CHECK(std::get<fault::FaultPlan>(again) == *plan);
  return 0;
}
