// The fixture of properties that hold for every implementation: the emulator, and this machine's
// kernel where it has AIO (skipped elsewhere).
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "conformance/backend.h"
#include "tests/property/aio_rig.h"
#include "tests/property/property.h"

namespace aioemu::property {

class OnEachBackend : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string why;
    backend_ = backend_named(GetParam(), &why);
    if (backend_ == nullptr) GTEST_SKIP() << GetParam() << ": " << why;
  }
  conformance::Backend& backend() { return *backend_; }
  [[nodiscard]] bool emulated() const { return GetParam() == "emulator"; }
  // io_destroy takes 30 ms on a kernel: fewer programs there.
  [[nodiscard]] int percent() const { return emulated() ? 100 : 5; }

 private:
  conformance::Backend* backend_ = nullptr;
};

}  // namespace aioemu::property

#define ON_EACH_BACKEND(fixture)                                                  \
  class fixture : public ::aioemu::property::OnEachBackend {};                    \
  INSTANTIATE_TEST_SUITE_P(Aio, fixture, ::testing::Values("emulator", "kernel"), \
                           [](const auto& parameter) { return parameter.param; })
