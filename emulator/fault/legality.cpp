#include "fault/legality.h"

#include <algorithm>
#include <array>
#include <cerrno>

namespace aioemu::fault {
namespace {

constexpr std::array kSubmit = {EAGAIN, EINVAL, EBADF, EFAULT, ENOSYS};

struct Legal {
  int error;
  OpSet ops;
};

constexpr OpSet kTransfers = kReadOps | kWriteOps;

// A poll ends with a mask, never with an error.
constexpr std::array<Legal, 18> kComplete = {{
    {EIO, kTransfers | kSyncOps},
    {EAGAIN, kTransfers},
    {EFAULT, kTransfers},
    {EINVAL, kTransfers},
    {EINTR, kTransfers},
    {ENOMEM, kTransfers},
    {ETIMEDOUT, kTransfers},
    {EREMOTEIO, kTransfers},
    {ENODATA, kTransfers},
    {EILSEQ, kTransfers},
    {ESTALE, kTransfers | kSyncOps},
    {ENXIO, kTransfers},
    {ENOSPC, kWriteOps | kSyncOps},
    {EDQUOT, kWriteOps | kSyncOps},
    {EFBIG, kWriteOps},
    {EROFS, kWriteOps | kSyncOps},
    {EPIPE, kWriteOps},
    {EPERM, kWriteOps},
}};

}  // namespace

bool legal_for_submit(Errno error) noexcept {
  return std::find(kSubmit.begin(), kSubmit.end(), static_cast<int>(error)) != kSubmit.end();
}

std::span<const int> legal_for_submit() noexcept { return kSubmit; }

OpSet ops_ending_with(Errno error) noexcept {
  for (const Legal& legal : kComplete) {
    if (legal.error == static_cast<int>(error)) return legal.ops;
  }
  return kNoOps;
}

std::string legal_list(OpSet ops) {
  std::string text;
  for (const Legal& legal : kComplete) {
    if ((legal.ops & ops) != ops) continue;
    if (!text.empty()) text += ' ';
    text += errno_name(static_cast<Errno>(legal.error));
  }
  return text.empty() ? "none" : text;
}

bool legal_for(Errno error, const AcceptedRequest& request) noexcept {
  if ((ops_ending_with(error) & op_bit(request.op)) == 0) return false;
  if (static_cast<int>(error) == EAGAIN) return request.nowait;
  if (static_cast<int>(error) == EINTR) return request.stream;
  return true;
}

}  // namespace aioemu::fault
