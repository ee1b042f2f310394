// Which backends there are, and how they are made.
//
//   emulator   the simulated World of this project
//   emulator:PROFILE  the same, imitating another kernel: linux-5.10, linux-6.1, ...
//   kernel     the system calls of the running kernel; refused below the preload library
//   preload    the same binary and calls, below the preload library, which answers them
//   libaio     the system's libaio.so.1, on the kernel
//   libaio-static  libaio.a, which aioemu-conformance-static carries, on the kernel
//   drop-in    the same loader, when it finds the emulator's replacement of libaio.so.1
//   syscall    the system calls as they are found, no questions asked: a sandbox, another OS,
//              another emulator
//   lib:PATH   any shared library with libaio's names
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conformance/backend.h"

namespace conformance {

struct MadeBackend {
  std::unique_ptr<Backend> backend;  // null when it cannot be had here
  std::string reason;                // why not
};

// Probes and makes one. `name` must be a known name.
MadeBackend make_backend(const std::string& name);

bool is_backend_name(const std::string& name);

// For whom has mistyped one: "emulator, emulator:linux-5.10, ..., kernel, ..., lib:PATH".
std::string backend_choices();

// The names as the ledger writes them: "lib:" stands for every lib:PATH.
std::vector<std::string> ledger_backend_names();
std::string ledger_name(const std::string& backend);

// What a run without --backend judges, in this order: everything linked in that this environment
// leads to, available or not. Below the preload library that is `preload` alone.
std::vector<std::string> default_backends();

// What must stand before a command line so that it meets the same backend ("LD_PRELOAD=... "),
// or nothing.
std::string replay_environment(const std::string& backend);

}  // namespace conformance
