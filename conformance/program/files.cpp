#include "conformance/program/files.h"

namespace conformance::program {
namespace {

constexpr const char* kNames[kFiles] = {
    "minus1",  "closed",    "rw",      "ro",        "wo",      "append", "direct", "memfd",
    "pipe_r",  "pipe_w",    "block_r", "block_w",   "fifo",    "sock_a", "sock_b", "dgram_a",
    "dgram_b", "lone",      "eventfd", "semaphore", "timerfd", "epoll",  "null",   "zero",
    "full",    "directory", "path",    "proc",      "dup0",    "dup1"};

}  // namespace

const char* name_of(FileName file) { return kNames[static_cast<std::size_t>(file) % kFiles]; }

}  // namespace conformance::program
