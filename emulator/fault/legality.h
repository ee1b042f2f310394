// Which errors a correct kernel can give, where. A plan may only ask for these.
#pragma once

#include <span>
#include <string>

#include "base/errno.h"
#include "fault/questions.h"
#include "fault/rule.h"

namespace aioemu::fault {

// The errors with which a call fails although its arguments are right: setup, submit and wait.
std::span<const int> legal_for_call(Layer layer) noexcept;

// The operations that can complete with `error`.
OpSet ops_ending_with(Errno error) noexcept;
// The errors with which every one of `ops` can complete: "EIO ESTALE", or "none".
std::string legal_list(OpSet ops);
std::string legal_list(std::span<const int> errors);

// Can this very request end with `error`? EAGAIN needs a request that must not wait, EINTR one
// that waits where signals interrupt.
bool legal_for(Errno error, const AcceptedRequest& request) noexcept;

// Why no kernel does it, with the list of what is legal; empty when it is legal.
std::string problem_of_call(Errno error, Layer layer);
// `ops` as the rule names them, kNoOps for any.
std::string problem_of_completion(Errno error, OpSet ops);

}  // namespace aioemu::fault
