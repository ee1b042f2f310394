#include "conformance/program/differences.h"

#include <linux/aio_abi.h>

#include <algorithm>
#include <cerrno>

#include "conformance/program/files.h"
#include "conformance/program/verbs.h"

namespace conformance::program {
namespace {

constexpr std::uint64_t kNowait = 8;
constexpr std::uint64_t kSector = 512;

// The steps differ in the `res` of arrived events, each pair that differs is one that `allowed`
// takes, and nothing else differs but memory, which a transfer that fails may have used.
template <typename Allowed>
bool only_results_differ(const Step& emulator, const Step& kernel, Allowed allowed) {
  if (emulator.result != kernel.result || emulator.interrupted != kernel.interrupted ||
      emulator.reaped != kernel.reaped || emulator.rings != kernel.rings ||
      emulator.signals != kernel.signals || emulator.arrived.size() != kernel.arrived.size()) {
    return false;
  }
  bool any = false;
  for (std::size_t i = 0; i < kernel.arrived.size(); ++i) {
    const Event& ours = emulator.arrived[i].event;
    const Event& theirs = kernel.arrived[i].event;
    if (ours == theirs) continue;
    any = true;
    if (ours.obj != theirs.obj || ours.data != theirs.data || !allowed(ours.res, theirs.res)) {
      return false;
    }
  }
  return any;
}

// Whether the program fills in an iocb for a transfer on this file in the given direction.
bool has_request(const Program& program, FileName file, std::uint64_t plain, std::uint64_t vector,
                 bool nowait) {
  for (const Statement& one : program.statements) {
    if (one.verb != Verb::iocb) continue;
    if (one.field[at::kFile] != static_cast<std::uint64_t>(file)) continue;
    const std::uint64_t opcode = one.field[at::kOpcode];
    if (opcode != plain && opcode != vector) continue;
    if (!nowait || (one.field[at::kRwFlags] & kNowait) != 0) return true;
  }
  return false;
}

// Whether it fills in one for an O_DIRECT transfer, plain or with segments, of an odd length.
bool has_odd_transfer(const Program& program) {
  return std::any_of(
      program.statements.begin(), program.statements.end(), [](const Statement& one) {
        return one.verb == Verb::iocb &&
               one.field[at::kFile] == static_cast<std::uint64_t>(FileName::direct) &&
               one.field[at::kBytes] % kSector != 0;
      });
}

bool direct_fault(const Program& program, std::size_t, const Step& emulator, const Step& kernel) {
  return has_odd_transfer(program) &&
         only_results_differ(emulator, kernel, [](std::int64_t ours, std::int64_t theirs) {
           return ours == -EINVAL && theirs == -EFAULT;
         });
}

bool would_have_to_wait(const Program& program, std::size_t, const Step& emulator,
                        const Step& kernel) {
  const bool writes =
      has_request(program, FileName::direct, IOCB_CMD_PWRITE, IOCB_CMD_PWRITEV, true);
  const bool reads = has_request(program, FileName::direct, IOCB_CMD_PREAD, IOCB_CMD_PREADV, true);
  return (writes || reads) &&
         only_results_differ(emulator, kernel,
                             [](std::int64_t, std::int64_t theirs) { return theirs == -EAGAIN; });
}

bool interrupted_zeroes(const Program& program, std::size_t, const Step& emulator,
                        const Step& kernel) {
  return has_request(program, FileName::zero, IOCB_CMD_PREAD, IOCB_CMD_PREADV, true) &&
         only_results_differ(emulator, kernel, [](std::int64_t ours, std::int64_t theirs) {
           return theirs == -EAGAIN || (theirs > 0 && theirs < ours);
         });
}

constexpr KnownDifference kDifferences[] = {
    {"direct-fault",
     "an O_DIRECT transfer of an odd length over memory that is not all there: the kernel goes "
     "from "
     "one extent of the file to the next, and may meet the memory (EFAULT) before it looks at the "
     "extent where the length is odd; World looks at the length first",
     direct_fault},
    {"direct-nowait",
     "an O_DIRECT transfer with RWF_NOWAIT may answer EAGAIN whenever it would have to wait; when "
     "that is depends on how the file lies on the disk",
     would_have_to_wait},
    {"zeroes-nowait",
     "a read of /dev/zero with RWF_NOWAIT is cut short when another thread wants the CPU just then",
     interrupted_zeroes},
};

}  // namespace

std::span<const KnownDifference> known_differences() { return kDifferences; }

bool is_known_difference(const Program& program, std::size_t index, const Step& emulator,
                         const Step& kernel) {
  for (const KnownDifference& one : known_differences()) {
    if (one.explains(program, index, emulator, kernel)) return true;
  }
  return false;
}

}  // namespace conformance::program
