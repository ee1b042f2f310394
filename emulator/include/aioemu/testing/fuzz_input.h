// FuzzInput: the bytes of a fuzzer, as a program's input and as everything that a World leaves
// open.
//
//   extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
//     aioemu::testing::FuzzInput fuzz(data, size);
//     const std::string plan = aioemu::testing::draw_plan(fuzz.choices());
//     aioemu::World world{{.plan = plan, .order = aioemu::CompletionOrder::random,
//                          .choices = &fuzz.choices()}};
//     code_under_test(world, fuzz.bytes());
//     return 0;
//   }
//
// The first two bytes say how large a share of the rest is the program's input; what follows that
// answers questions. So both parts grow with the input, a change in one leaves the other alone, and
// an input that ends early still means something: what is missing is 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "aioemu/choice.h"
#include "aioemu/testing/drawing.h"

namespace aioemu::testing {

class FuzzInput {
 public:
  // `data` outlives the object.
  FuzzInput(const std::uint8_t* data, std::size_t size) noexcept
      : FuzzInput(std::span<const std::uint8_t>(data, size)) {}
  explicit FuzzInput(std::span<const std::uint8_t> all) noexcept
      : bytes_(all.size() < kHead ? all.first(0) : all.subspan(kHead, share_of(all))),
        choices_(all.size() < kHead ? all.first(0) : all.subspan(kHead + share_of(all))) {}
  FuzzInput(const FuzzInput&) = delete;
  FuzzInput& operator=(const FuzzInput&) = delete;

  // What the program under test is given.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  // What answers everything else: completion orders, random rules, draw_plan() and draw_batch().
  ByteChoices& choices() noexcept { return choices_; }

 private:
  static constexpr std::size_t kHead = 2;
  static std::size_t share_of(std::span<const std::uint8_t> all) noexcept {
    const std::size_t share = all[0] * std::size_t{256} + all[1];
    const std::size_t rest = all.size() - kHead;
    return rest / 65535 * share + rest % 65535 * share / 65535;
  }

  std::span<const std::uint8_t> bytes_;
  ByteChoices choices_;
};

}  // namespace aioemu::testing
