// FaultScope: rules of the plan language that are in force for a while.
//
//   {
//     const aioemu::testing::FaultScope disk_is_full(world, "complete op=write errno ENOSPC");
//     EXPECT_FALSE(store.save(record));
//     EXPECT_EQ(disk_is_full.fired(), 1U);
//   }
//   EXPECT_TRUE(store.save(record));   // the rules are gone
//
// The rules stand behind those of the World's own plan, and behind those of scopes that were opened
// earlier: the first that fires wins. `when=` counts from the beginning of the scope.
#pragma once

#include <cstdint>
#include <string_view>

#include "aioemu/world.h"

namespace aioemu::testing {

class [[nodiscard]] FaultScope {
 public:
  // Throws as World::add_rules. `world` outlives the scope.
  FaultScope(World& world, std::string_view rules)
      : world_(world), rules_(world.add_rules(rules)) {}
  ~FaultScope() { world_.remove_rules(rules_); }
  FaultScope(const FaultScope&) = delete;
  FaultScope& operator=(const FaultScope&) = delete;

  // How often all of its rules have fired.
  [[nodiscard]] std::uint64_t fired() const { return world_.fired(rules_); }

 private:
  World& world_;
  const AddedRules rules_;
};

}  // namespace aioemu::testing
