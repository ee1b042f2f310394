#include "sim/file.h"

#include <cerrno>

namespace aioemu::sim {

File::File(core::FileKind kind) noexcept {
  facts.ref = static_cast<core::FileRef>(reinterpret_cast<std::uintptr_t>(this));
  facts.kind = kind;
  facts.readable = true;
  facts.writable = true;
}

Attempt File::read(Transfer&) { return Attempt::failed(EINVAL); }
Attempt File::write(Transfer&) { return Attempt::failed(EINVAL); }
long File::sync(std::uint64_t) { return -EINVAL; }
long File::shutdown(int) { return -ENOTSOCK; }

// K85: a file without wait queues is always ready for everything that POLLIN and POLLOUT mean.
std::uint32_t File::readiness() const {
  using namespace abi;  // NOLINT: the names of poll bits
  return kPollIn | kPollOut | kPollRdnorm | kPollWrnorm;
}

}  // namespace aioemu::sim
