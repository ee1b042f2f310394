// The one open scope of the process, and the way in for each call.
#pragma once

#include "libaio/names/libaio_names.h"

namespace aioemu::in_world {

enum class Threads { only_this_one, any };

// Opens the scope; `server` serves until close(). Ends the process when one is open already.
void open(libaio_names::Server& server, Threads threads) noexcept;
// Closes it. Ends the process on the wrong thread, or when a call is still inside.
void close() noexcept;

// One call by name, `function`, for as long as it runs.
class Call {
 public:
  // Ends the process when nobody serves, or on the wrong thread.
  explicit Call(const char* function) noexcept;
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  [[nodiscard]] libaio_names::Server& server() const noexcept { return server_; }

 private:
  libaio_names::Server& server_;
};

}  // namespace aioemu::in_world
