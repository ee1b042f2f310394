// What a system call leaves alone must be as it was: all registers but rax, rcx and r11, the vector
// registers, the flags, and the 128 bytes below the stack pointer.
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "tests/integration/preload/programs/inline_calls.h"
#include "tests/integration/preload/programs/inliner.h"

namespace program {
namespace {

// What the instructions below read and write.
struct State {
  std::uint64_t general[12];  // rbx rbp r12-r15 rdi rsi rdx r8-r10, in this order
  std::uint64_t red_zone[16];
  alignas(32) unsigned char vectors[16][16];
  std::uint64_t flags;
  std::uint32_t mxcsr;
  std::uint16_t x87;
};

// Loads everything from the first, makes one io_getevents with rdi, rsi, ... as loaded, and stores
// everything into the second. The direction flag is set meanwhile.
extern "C" long call_with_state(const State* before, State* after);

asm(R"(
  .pushsection .text
  .globl call_with_state
  .type call_with_state, @function
call_with_state:
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $24, %rsp
  movq %rdi, 0(%rsp)
  movq %rsi, 8(%rsp)
  stmxcsr 16(%rsp)
  fnstcw 20(%rsp)
  movq %rdi, %rax
  movq 0(%rax), %rbx
  movq 8(%rax), %rbp
  movq 16(%rax), %r12
  movq 24(%rax), %r13
  movq 32(%rax), %r14
  movq 40(%rax), %r15
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
  movq 96+8*\n(%rax), %rcx
  movq %rcx, -8*\n-8(%rsp)
  movups 224+16*\n(%rax), %xmm\n
  .endr
  ldmxcsr 488(%rax)
  fldcw 492(%rax)
  movq 48(%rax), %rdi
  movq 56(%rax), %rsi
  movq 64(%rax), %rdx
  movq 72(%rax), %r8
  movq 80(%rax), %r9
  movq 88(%rax), %r10
  movl $208, %eax
  std
  syscall
  movq 8(%rsp), %rcx
  movq %rbx, 0(%rcx)
  movq %rbp, 8(%rcx)
  movq %r12, 16(%rcx)
  movq %r13, 24(%rcx)
  movq %r14, 32(%rcx)
  movq %r15, 40(%rcx)
  movq %rdi, 48(%rcx)
  movq %rsi, 56(%rcx)
  movq %rdx, 64(%rcx)
  movq %r8, 72(%rcx)
  movq %r9, 80(%rcx)
  movq %r10, 88(%rcx)
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
  movq -8*\n-8(%rsp), %r11
  movq %r11, 96+8*\n(%rcx)
  movups %xmm\n, 224+16*\n(%rcx)
  .endr
  pushfq
  popq 480(%rcx)
  cld
  stmxcsr 488(%rcx)
  fnstcw 492(%rcx)
  ldmxcsr 16(%rsp)
  fldcw 20(%rsp)
  addq $24, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  ret
  .size call_with_state, . - call_with_state
  .popsection
)");

static_assert(offsetof(State, red_zone) == 96 && offsetof(State, vectors) == 224);
static_assert(offsetof(State, flags) == 480 && offsetof(State, mxcsr) == 488);
static_assert(offsetof(State, x87) == 492);

constexpr std::uint64_t kDirection = 0x400;

State pattern(aio_context_t ctx) {
  State state{};
  for (std::uint64_t i = 0; i < 12; ++i) state.general[i] = 0x1111111111111111 * (i + 1);
  // io_getevents(ctx, 0, 0, null, null), and something in the register it does not use.
  state.general[6] = ctx;
  for (const int argument : {7, 8, 9, 11}) state.general[argument] = 0;
  for (std::uint64_t i = 0; i < 16; ++i) state.red_zone[i] = 0xabcdef0000000000 + i;
  for (unsigned i = 0; i < 16; ++i) std::memset(state.vectors[i], static_cast<int>(i + 1), 16);
  state.mxcsr = 0x9fc0;  // flush to zero, denormals are zero
  state.x87 = 0x027f;    // double precision
  return state;
}

}  // namespace

int keep_registers() {
  aio_context_t ctx = 0;
  if (io_setup(1, &ctx) != 0) return 1;
  const State before = pattern(ctx);
  State after{};
  if (call_with_state(&before, &after) != 0) return 2;
  if (std::memcmp(before.general, after.general, sizeof before.general) != 0) return 3;
  if (std::memcmp(before.red_zone, after.red_zone, sizeof before.red_zone) != 0) return 4;
  if (std::memcmp(before.vectors, after.vectors, sizeof before.vectors) != 0) return 5;
  if ((after.flags & kDirection) == 0) return 6;
  if (before.mxcsr != after.mxcsr || before.x87 != after.x87) return 7;
  return io_destroy(ctx) == 0 ? 0 : 8;
}

int keep_errno() {
  errno = 77;
  aio_context_t ctx = 0;
  if (io_setup(1, &ctx) != 0 || errno != 77) return 1;
  if (io_destroy(ctx) != 0 || errno != 77) return 2;
  return io_destroy(ctx) == -EINVAL && errno == 77 ? 0 : 3;
}

}  // namespace program
