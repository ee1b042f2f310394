// The names that exist in two versions, looked up by version as an old binary would bind them.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <libaio.h>

#include <array>
#include <cerrno>

#include "tests/integration/libaio/place.h"

namespace libaio_tests {
namespace {

template <typename Function>
Function* versioned(const char* name, const char* version) {
  void* const found = dlvsym(RTLD_DEFAULT, name, version);
  EXPECT_NE(found, nullptr) << name << "@" << version;
  return reinterpret_cast<Function*>(found);
}

class LibaioVersions : public testing::Test {
 protected:
  LibaioVersions() { EXPECT_EQ(io_setup(8, &ctx_), 0); }
  ~LibaioVersions() override { EXPECT_EQ(io_destroy(ctx_), 0); }

  const std::unique_ptr<Place> place_ = make_place();
  io_context_t ctx_ = nullptr;
  iocb request_{};
  std::array<char, 8> buffer_{};
};

TEST_F(LibaioVersions, OldGeteventsHasNoMinimumAndWaitsForOne) {
  auto* const getevents =
      versioned<int(io_context_t, long, io_event*, const timespec*)>("io_getevents", "LIBAIO_0.1");
  io_prep_pread(&request_, place_->file(8), buffer_.data(), 4, 0);
  iocb* pointer = &request_;
  ASSERT_EQ(io_submit(ctx_, 1, &pointer), 1);
  std::array<io_event, 2> events{};
  const timespec at_once{};
  EXPECT_EQ(getevents(ctx_, 2, events.data(), nullptr), 1);
  EXPECT_EQ(events[0].obj, &request_);
  EXPECT_EQ(getevents(ctx_, 2, events.data(), &at_once), 0);
}

TEST_F(LibaioVersions, OldCancelTakesNoEvent) {
  auto* const cancel = versioned<int(io_context_t, iocb*)>("io_cancel", "LIBAIO_0.1");
  std::array<int, 2> ends{};
  place_->pipe(ends.data());
  ASSERT_EQ(io_poll(ctx_, &request_, nullptr, ends[0], 1), 1);
  EXPECT_EQ(cancel(ctx_, &request_), -EINPROGRESS);
  io_event event{};
  EXPECT_EQ(io_getevents(ctx_, 1, 1, &event, nullptr), 1);
  EXPECT_EQ(cancel(ctx_, &request_), -EINVAL);
}

TEST_F(LibaioVersions, QueueWaitNeverWaitsInEitherVersion) {
  for (const char* const version : {"LIBAIO_0.1", "LIBAIO_0.4"}) {
    auto* const wait = versioned<int(io_context_t, timespec*)>("io_queue_wait", version);
    timespec hour{3600, 0};
    EXPECT_EQ(wait(ctx_, &hour), 0) << version;
    EXPECT_EQ(wait(ctx_, nullptr), 0) << version;
    EXPECT_EQ(wait(nullptr, nullptr), -EINVAL) << version;
  }
}

}  // namespace
}  // namespace libaio_tests
