#include "preload/trap_entry.h"

#include <linux/audit.h>
#include <ucontext.h>

#include <cerrno>
#include <cstddef>

#include "host/program_caller.h"
#include "preload/six_calls.h"
#include "preload/trap_frame.h"

#if defined(__x86_64__)

#include <cpuid.h>

namespace aioemu::preload {
namespace {

static_assert(offsetof(TrapFrame, busy) == 144);
static_assert(offsetof(TrapFrame, vectors) == 192);
static_assert(kRegisters * sizeof(std::uint64_t) == 144);

}  // namespace
}  // namespace aioemu::preload

// With the frame's address in rdi and a stack below the frame, and the program's vector registers
// as they were. What a system call leaves alone, all but rax, rcx and r11, comes back as it was.
// The frame is given up by the last but one instruction: from there on nothing is read from it.
asm(R"(
  .pushsection .text
  .globl aioemu_resume_in_emulator
  .hidden aioemu_resume_in_emulator
  .type aioemu_resume_in_emulator, @function
aioemu_resume_in_emulator:
  .cfi_startproc
  .cfi_undefined rip
  movq %rdi, %rbx
  movl aioemu_vector_mask(%rip), %eax
  xorl %edx, %edx
  xsave64 192(%rbx)
  movq %rbx, %rdi
  call aioemu_serve_trap
  movq %rax, 0(%rbx)
  movl aioemu_vector_mask(%rip), %eax
  xorl %edx, %edx
  xrstor64 192(%rbx)
  movq %rbx, %r11
  movq 8(%r11), %rbx
  movq 24(%r11), %rdx
  movq 32(%r11), %rsi
  movq 40(%r11), %rdi
  movq 48(%r11), %rbp
  movq 64(%r11), %r8
  movq 72(%r11), %r9
  movq 80(%r11), %r10
  movq 96(%r11), %r12
  movq 104(%r11), %r13
  movq 112(%r11), %r14
  movq 120(%r11), %r15
  pushq 136(%r11)
  popfq
  movq 0(%r11), %rax
  movq 128(%r11), %rcx
  movq 56(%r11), %rsp
  movl $0, 144(%r11)
  jmp *%rcx
  .cfi_endproc
  .size aioemu_resume_in_emulator, . - aioemu_resume_in_emulator
  .popsection
)");

extern "C" void aioemu_resume_in_emulator();
// The instructions above name both. The first: the components of the state that XSAVE stores.
extern "C" __attribute__((visibility("hidden"))) std::uint32_t aioemu_vector_mask;
__attribute__((used)) std::uint32_t aioemu_vector_mask = 0;
extern "C" __attribute__((visibility("hidden"))) long aioemu_serve_trap(
    aioemu::preload::TrapFrame* frame) noexcept;

namespace aioemu::preload {
namespace {

// x87, SSE, AVX and the three of AVX-512: all that compiled code and the C library may touch.
constexpr std::uint32_t kTouched = 0xe7;
constexpr std::uint32_t kLegacy = 0x3;

// Flags that the emulator's code does not expect: alignment checks, the direction of string moves.
constexpr greg_t kUnwantedFlags = 0x40000 | 0x400;

std::uint32_t enabled_components() noexcept {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

bool fits(unsigned component) noexcept {
  unsigned size = 0;
  unsigned offset = 0;
  unsigned c = 0;
  unsigned d = 0;
  __cpuid_count(0xd, component, size, offset, c, d);
  return std::size_t{offset} + size <= kVectorState;
}

constexpr int kPlaces[kRegisters] = {REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI,
                                     REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                     REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP, REG_EFL};

void redirect(mcontext_t& machine, TrapFrame& frame) noexcept {
  for (std::size_t i = 0; i < kRegisters; ++i) {
    frame.registers[i] = static_cast<std::uint64_t>(machine.gregs[kPlaces[i]]);
  }
  const auto address = reinterpret_cast<greg_t>(&frame);
  machine.gregs[REG_RDI] = address;
  machine.gregs[REG_RSP] = address;
  machine.gregs[REG_RIP] = reinterpret_cast<greg_t>(&aioemu_resume_in_emulator);
  machine.gregs[REG_EFL] &= ~kUnwantedFlags;
}

// SYS_SECCOMP, which this C library does not name.
constexpr int kFromFilter = 1;

bool is_for_us(const siginfo_t& info) noexcept {
  return info.si_code == kFromFilter && info.si_arch == AUDIT_ARCH_X86_64 &&
         is_aio_call(info.si_syscall);
}

}  // namespace

bool prepare_trap_entry() noexcept {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0) return false;
  const std::uint32_t mask = enabled_components() & kTouched;
  for (unsigned component = 2; component < 8; ++component) {
    if ((mask & (1U << component)) != 0 && !fits(component)) return false;
  }
  aioemu_vector_mask = mask;
  return (mask & kLegacy) == kLegacy;
}

void on_sigsys(int /*signal*/, siginfo_t* info, void* context) noexcept {
  if (!is_for_us(*info)) {
    hand_on_sigsys(info, context);
    return;
  }
  mcontext_t& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
  TrapFrame* const frame = take_frame();
  if (frame == nullptr) {
    machine.gregs[REG_RAX] = -ENOMEM;
    return;
  }
  redirect(machine, *frame);
}

}  // namespace aioemu::preload

extern "C" __attribute__((used)) long aioemu_serve_trap(
    aioemu::preload::TrapFrame* frame) noexcept {
  using aioemu::preload::Register;
  static constinit aioemu::preload::Agent agent(aioemu::host::Entry::trap);
  // The kernel's calls know nothing of errno.
  const int before = errno;
  const auto argument = [frame](Register which) { return static_cast<long>(frame->at(which)); };
  const aioemu::preload::Arguments args{argument(Register::rdi), argument(Register::rsi),
                                        argument(Register::rdx), argument(Register::r10),
                                        argument(Register::r8),  argument(Register::r9)};
  aioemu::host::program_caller() = frame->at(Register::rip);
  const long result = serve_aio_call(agent, argument(Register::rax), args);
  errno = before;
  return result;
}

#else

namespace aioemu::preload {

bool prepare_trap_entry() noexcept { return false; }

void on_sigsys(int /*signal*/, siginfo_t* info, void* context) noexcept {
  hand_on_sigsys(info, context);
}

}  // namespace aioemu::preload

#endif
