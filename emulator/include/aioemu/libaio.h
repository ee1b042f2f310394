// LibaioScope: who serves code that calls libaio by name.
//
// Code under test that includes <libaio.h> and calls io_setup, io_submit, ... by name is linked
// with aioemu::libaio (pkg-config: aioemu-libaio) instead of -laio. The names then lead to the
// World or Runtime of the scope that is open:
//
//   aioemu::World world{{.seed = 7}};
//   aioemu::LibaioScope scope{world};
//   code_under_test();   // its io_submit is world.io_submit
//
// The calls behave as libaio's: -errno, errno untouched, and an empty ring asked with a zero
// timeout gives 0 at once, whatever the other arguments. A call may throw what World's member of
// the same name throws (CertainHang).
//
// One scope is open at a time in the whole process. Misuse ends the process with a message on
// standard error that says which rule was broken; a test can expect that with EXPECT_DEATH:
//   - a call while no scope is open,
//   - a second scope while one is open,
//   - with a World: a call, or the end of the scope, on another thread than the one that opened it,
//   - the end of a scope while a thread is still inside one of its calls.
#pragma once

#include <memory>

namespace aioemu {

class Runtime;
class SixCalls;
class World;

class [[nodiscard]] LibaioScope {
 public:
  // The scope borrows who serves, which must outlive it. A Runtime and other SixCalls (a
  // testing::MockBackend) may be used by any thread, a World only by this one.
  explicit LibaioScope(World& world);
  explicit LibaioScope(Runtime& runtime);
  explicit LibaioScope(SixCalls& calls);
  ~LibaioScope();
  LibaioScope(const LibaioScope&) = delete;
  LibaioScope& operator=(const LibaioScope&) = delete;

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

}  // namespace aioemu
