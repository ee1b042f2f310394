// Reads and writes on behalf of a request, with the kernel's own words for what went wrong.
//
// A file with an offset takes one system call: preadv2 or pwritev2 with a flag added that changes
// nothing for this file but makes files without an iterator method refuse (K54): such a file is
// otherwise served by a fallback that kernel AIO does not have. A stream takes as many calls as it
// needs to wait without ever being restarted after a signal (K70).
#pragma once

#include <cstdint>

#include "core/request.h"
#include "host/file_probe.h"
#include "host/interruption.h"

namespace aioemu::host {

// Carries out a transfer on a file with an offset. A count, or -errno as the system call gave it.
// `verified`: the file is known to have the method, so the simplest call will do.
[[nodiscard]] long transfer_at_offset(int fd, const core::Request& request, bool verified) noexcept;

// What an error of transfer_at_offset means once the facts are known to be true.
struct Verdict {
  enum class Kind : std::uint8_t {
    event,    // it is the request's result
    refused,  // the kernel would have refused the request at submit, with `error`
    again,    // a flag of ours was the reason, and will not be used any more
    stream,   // the file has no offset after all
  };
  Kind kind = Kind::event;
  int error = 0;
};
[[nodiscard]] Verdict judge(int fd, const core::Request& request, long error) noexcept;

// For a transfer on a file with an offset that is to be carried out later: the errno with which the
// kernel would refuse it at submit, or 0. Facts are known to be true; no byte moves.
[[nodiscard]] int refusal_of(int fd, const core::Request& request) noexcept;

// Could this error mean that the file is not what it was assumed to be? Errors that come with a
// signal are not repeated.
[[nodiscard]] bool worth_another_look(long error) noexcept;

// Carries out a transfer on a stream; may block. Uses up the request's segments. A SIGPIPE that it
// raises is held by `interruption` (K69).
[[nodiscard]] long transfer_on_stream(int fd, const ProbedFile& file, core::Request& request,
                                      Interruption& interruption) noexcept;

// K70: how much the request may move while a signal is pending. Some devices give a page then.
[[nodiscard]] std::uint64_t most_when_signalled(const core::Request& request) noexcept;

// At most `bytes` of the request are to be moved.
void cut_short(core::Request& request, std::uint64_t bytes) noexcept;

}  // namespace aioemu::host
