#include "fault/legality.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "fault/vocabulary.h"

namespace aioemu::fault {
namespace {

constexpr std::array kSetup = {EAGAIN, ENOMEM, ENOSYS, EPERM};
constexpr std::array kSubmit = {EAGAIN, EINVAL, EBADF, EFAULT, ENOSYS};
constexpr std::array kWait = {EINTR};

std::string_view call_of(Layer layer) noexcept {
  if (layer == Layer::setup) return "io_setup";
  return layer == Layer::submit ? "io_submit" : "io_getevents";
}

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

std::span<const int> legal_for_call(Layer layer) noexcept {
  if (layer == Layer::setup) return kSetup;
  if (layer == Layer::submit) return kSubmit;
  if (layer == Layer::wait) return kWait;
  return {};
}

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

std::string legal_list(std::span<const int> errors) {
  std::string text;
  for (const int error : errors) {
    if (!text.empty()) text += ' ';
    text += errno_name(static_cast<Errno>(error));
  }
  return text;
}

bool legal_for(Errno error, const AcceptedRequest& request) noexcept {
  if ((ops_ending_with(error) & op_bit(request.op)) == 0) return false;
  if (static_cast<int>(error) == EAGAIN) return request.nowait;
  if (static_cast<int>(error) == EINTR) return request.stream;
  return true;
}

std::string problem_of_call(Errno error, Layer layer) {
  const std::span<const int> legal = legal_for_call(layer);
  if (std::find(legal.begin(), legal.end(), static_cast<int>(error)) != legal.end()) return "";
  return "no kernel lets " + std::string(call_of(layer)) + " fail with " +
         std::string(errno_name(error)) + "; legal here: " + legal_list(legal);
}

std::string problem_of_completion(Errno error, OpSet ops) {
  const std::string name(errno_name(error));
  const OpSet legal = ops_ending_with(error);
  if (ops == kNoOps) {
    if (legal != kNoOps) return "";
    return "no kernel completes a request with " + name +
           "; legal for reads: " + legal_list(kReadOps) + "; for writes: " + legal_list(kWriteOps) +
           "; for fsync: " + legal_list(kSyncOps);
  }
  const OpSet refused = ops & ~legal;
  if (refused == kNoOps) return "";
  return "no kernel completes a " + print_ops(refused) + " with " + name +
         "; legal for it: " + legal_list(refused);
}

}  // namespace aioemu::fault
