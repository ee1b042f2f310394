// `aioemu doctor`: what works on this machine, and what does not and why.
#pragma once

namespace aioemu::cli {

// Prints one line per finding. 0 when programs can be run under the emulator here, 1 otherwise.
int doctor_command();

// The probe that doctor runs in a child under the preload library: one read through the six calls,
// made with syscall(). 0 when the emulator served it.
int probe_command();

}  // namespace aioemu::cli
