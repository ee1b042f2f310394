#include "core/file_facts.h"

#include <array>

namespace aioemu::core {
namespace {

using abi::kPollIn;
using abi::kPollOut;
using abi::kPollPri;
using abi::kPollRdband;
using abi::kPollRdnorm;
using abi::kPollWrband;
using abi::kPollWrnorm;

// K83: what a wake-up carries.
constexpr std::uint32_t kPipeIn = kPollIn | kPollRdnorm;
constexpr std::uint32_t kPipeOut = kPollOut | kPollWrnorm;
constexpr std::uint32_t kSocketIn = kPollIn | kPollPri | kPollRdnorm | kPollRdband;
constexpr std::uint32_t kSocketOut = kPollOut | kPollWrnorm | kPollWrband;

struct Row {
  const char* name;
  FileKindRules rules;
};

// In the order of FileKind. Columns: read_iter, write_iter, fsync (K54, K77), poll (K82-K88).
constexpr std::array<Row, kFileKinds> kRows{{
    {"regular file", {true, true, true, PollClass::always_ready, 0, 0}},
    {"directory", {false, false, true, PollClass::always_ready, 0, 0}},
    {"block device", {true, true, true, PollClass::always_ready, 0, 0}},
    {"null device", {true, true, false, PollClass::always_ready, 0, 0}},
    {"zero device", {true, true, false, PollClass::always_ready, 0, 0}},
    {"full device", {true, false, false, PollClass::always_ready, 0, 0}},
    {"device", {true, true, false, PollClass::always_ready, 0, 0}},
    {"pipe", {true, true, false, PollClass::one_queue, kPipeIn, kPipeOut}},
    {"read-write FIFO", {true, true, false, PollClass::two_queues, kPipeIn, kPipeOut}},
    {"terminal", {true, true, false, PollClass::two_queues, kPollIn, kPollOut}},
    {"socket", {true, true, false, PollClass::one_queue, kSocketIn, kSocketOut}},
    {"eventfd", {true, false, false, PollClass::one_queue, kPollIn, kPollOut}},
    {"timerfd", {true, false, false, PollClass::one_queue, kPollIn, 0}},
    {"signalfd", {true, false, false, PollClass::never_later, 0, 0}},
    {"epoll", {false, false, false, PollClass::one_queue, kPollIn, 0}},
    {"inotify", {false, false, false, PollClass::one_queue, kPipeIn, 0}},
    {"pidfd", {false, false, false, PollClass::one_queue, kPollIn, 0}},
    {"proc file", {false, false, false, PollClass::always_ready, 0, 0}},
    {"other", {false, false, false, PollClass::always_ready, 0, 0}},
}};

const Row& row_of(FileKind kind) noexcept { return kRows.at(static_cast<std::size_t>(kind)); }

}  // namespace

const FileKindRules& rules_of(FileKind kind) noexcept { return row_of(kind).rules; }
const char* name_of(FileKind kind) noexcept { return row_of(kind).name; }

}  // namespace aioemu::core
