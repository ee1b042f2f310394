// Which errors a correct kernel can give, where. A plan may only ask for these.
#pragma once

#include <span>
#include <string>

#include "base/errno.h"
#include "fault/injector.h"
#include "fault/rule.h"

namespace aioemu::fault {

// May io_submit as a call fail with `error` although its arguments are right?
bool legal_for_submit(Errno error) noexcept;
std::span<const int> legal_for_submit() noexcept;

// The operations that can complete with `error`.
OpSet ops_ending_with(Errno error) noexcept;
// The errors with which every one of `ops` can complete.
std::string legal_list(OpSet ops);

// Can this very request end with `error`? EAGAIN needs a request that must not wait, EINTR one
// that waits where signals interrupt.
bool legal_for(Errno error, const AcceptedRequest& request) noexcept;

}  // namespace aioemu::fault
