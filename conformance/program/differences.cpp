#include "conformance/program/differences.h"

#include <linux/aio_abi.h>

#include <cerrno>

#include "conformance/program/files.h"
#include "conformance/program/verbs.h"

namespace conformance::program {
namespace {

constexpr std::uint64_t kNowait = 8;

// The steps differ in nothing but the `res` of arrived events, and each pair that differs is one
// that `allowed` takes.
template <typename Allowed>
bool only_results_differ(const Step& emulator, const Step& kernel, Allowed allowed) {
  if (emulator.result != kernel.result || emulator.arrived.size() != kernel.arrived.size()) {
    return false;
  }
  for (std::size_t i = 0; i < kernel.arrived.size(); ++i) {
    const Event& ours = emulator.arrived[i].event;
    const Event& theirs = kernel.arrived[i].event;
    if (ours == theirs) continue;
    if (ours.obj != theirs.obj || ours.data != theirs.data || !allowed(ours.res, theirs.res)) {
      return false;
    }
  }
  return true;
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

bool direct_read_fault(const Program& program, std::size_t, const Step& emulator,
                       const Step& kernel) {
  return has_request(program, FileName::direct, IOCB_CMD_PREAD, IOCB_CMD_PREADV, false) &&
         only_results_differ(emulator, kernel, [](std::int64_t ours, std::int64_t theirs) {
           return (ours == -EINVAL || ours >= 0) && theirs == -EFAULT;
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
    {"direct-read-fault",
     "an O_DIRECT read into memory of which a part cannot be written: the kernel pins all of it "
     "before it looks at its alignment or at the end of the file (EFAULT), World writes only what "
     "it has to",
     direct_read_fault},
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
