// A process to which the kernel's AIO is closed: proof that somebody else served it.
#pragma once

namespace support {

// From here on the six AIO system calls give ENOSYS in this process and all it will ever start,
// however they are made. False, with a message on standard error, when seccomp is not to be had.
bool deny_kernel_aio();

}  // namespace support
