// The checks of one iocb that depend on its operation: io_submit's step 9 (K51-K58, K76, K80).
//
// Each function answers 0 or a positive errno and leaves the order between them to its caller.
// They fill in `request` as they go; a request whose check failed is thrown away.
#pragma once

#include "core/kernel_profile.h"
#include "core/ports.h"
#include "core/request.h"

namespace aioemu::core {

// What the checks look at.
struct Element {
  const abi::Iocb& iocb;
  const FileFacts& file;
  const KernelProfile& profile;
};

// Reads and writes, in the kernel's order: priority, flags, mode, method, buffer, offset.
int decode_transfer(const Element& element, Ports& ports, Request& request, SegmentBuffer& buffer);
// FSYNC and FDSYNC (K76, K77).
int decode_sync(const Element& element);
// POLL's own fields (K80, K81).
int decode_poll(const Element& element, Request& request);

}  // namespace aioemu::core
