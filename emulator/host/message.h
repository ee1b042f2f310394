// The message that carries a request's segments through sendmsg and recvmsg.
#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "abi/aio_abi.h"

namespace aioemu::host {

// Good as long as the segments are. recvmsg writes to what they describe, never to them.
inline msghdr message_of(const abi::Segment* segments, std::uint32_t count) noexcept {
  msghdr message{};
  message.msg_iov = reinterpret_cast<iovec*>(const_cast<abi::Segment*>(segments));
  message.msg_iovlen = count;
  return message;
}

}  // namespace aioemu::host
