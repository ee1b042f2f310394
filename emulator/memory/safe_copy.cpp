#include "memory/safe_copy.h"

// Nothing is pushed, so the stack at a faulting instruction is the stack at entry, and the fixup
// can simply return. Loads of a block come before its stores; overlapping blocks cover the ends.
#if defined(__x86_64__)
asm(R"(
  .pushsection .text
  .p2align 6
  .globl aioemu_safe_copy
  .hidden aioemu_safe_copy
  .type aioemu_safe_copy, @function
  .globl aioemu_safe_copy_end
  .hidden aioemu_safe_copy_end
  .globl aioemu_safe_copy_faulted
  .hidden aioemu_safe_copy_faulted
aioemu_safe_copy:
  .cfi_startproc
  cmpq $16, %rdx
  jb 2f
  cmpq $32, %rdx
  jbe 1f
  cmpq $64, %rdx
  ja 5f
  movups (%rsi), %xmm0
  movups 16(%rsi), %xmm1
  movups -32(%rsi,%rdx), %xmm2
  movups -16(%rsi,%rdx), %xmm3
  movups %xmm0, (%rdi)
  movups %xmm1, 16(%rdi)
  movups %xmm2, -32(%rdi,%rdx)
  movups %xmm3, -16(%rdi,%rdx)
  xorl %eax, %eax
  ret
1:
  movups (%rsi), %xmm0
  movups -16(%rsi,%rdx), %xmm1
  movups %xmm0, (%rdi)
  movups %xmm1, -16(%rdi,%rdx)
  xorl %eax, %eax
  ret
2:
  cmpq $8, %rdx
  jb 3f
  movq (%rsi), %rax
  movq -8(%rsi,%rdx), %rcx
  movq %rax, (%rdi)
  movq %rcx, -8(%rdi,%rdx)
  xorl %eax, %eax
  ret
3:
  cmpq $4, %rdx
  jb 4f
  movl (%rsi), %eax
  movl -4(%rsi,%rdx), %ecx
  movl %eax, (%rdi)
  movl %ecx, -4(%rdi,%rdx)
  xorl %eax, %eax
  ret
4:
  testq %rdx, %rdx
  je 7f
  movb (%rsi), %al
  movb %al, (%rdi)
  incq %rsi
  incq %rdi
  decq %rdx
  jmp 4b
5:
  cmpq $1024, %rdx
  ja 6f
8:
  movups (%rsi), %xmm0
  movups 16(%rsi), %xmm1
  movups %xmm0, (%rdi)
  movups %xmm1, 16(%rdi)
  addq $32, %rsi
  addq $32, %rdi
  subq $32, %rdx
  cmpq $32, %rdx
  ja 8b
  movups -32(%rsi,%rdx), %xmm0
  movups -16(%rsi,%rdx), %xmm1
  movups %xmm0, -32(%rdi,%rdx)
  movups %xmm1, -16(%rdi,%rdx)
  xorl %eax, %eax
  ret
6:
  movq %rdx, %rcx
  rep movsb
7:
  xorl %eax, %eax
  ret
aioemu_safe_copy_end:
aioemu_safe_copy_faulted:
  movl $1, %eax
  ret
  .cfi_endproc
  .size aioemu_safe_copy, . - aioemu_safe_copy
  .popsection
)");
#elif defined(__aarch64__)
asm(R"(
  .pushsection .text
  .p2align 6
  .globl aioemu_safe_copy
  .hidden aioemu_safe_copy
  .type aioemu_safe_copy, %function
  .globl aioemu_safe_copy_end
  .hidden aioemu_safe_copy_end
  .globl aioemu_safe_copy_faulted
  .hidden aioemu_safe_copy_faulted
aioemu_safe_copy:
  .cfi_startproc
1:
  cmp x2, #16
  b.lo 2f
  ldp x3, x4, [x1], #16
  stp x3, x4, [x0], #16
  sub x2, x2, #16
  b 1b
2:
  cmp x2, #8
  b.lo 3f
  ldr x3, [x1], #8
  str x3, [x0], #8
  sub x2, x2, #8
3:
  cmp x2, #4
  b.lo 4f
  ldr w3, [x1], #4
  str w3, [x0], #4
  sub x2, x2, #4
4:
  cbz x2, 5f
  ldrb w3, [x1], #1
  strb w3, [x0], #1
  sub x2, x2, #1
  b 4b
5:
  mov w0, #0
  ret
aioemu_safe_copy_end:
aioemu_safe_copy_faulted:
  mov w0, #1
  ret
  .cfi_endproc
  .size aioemu_safe_copy, . - aioemu_safe_copy
  .popsection
)");
#endif

extern "C" {
extern const char aioemu_safe_copy_end[];
extern const char aioemu_safe_copy_faulted[];
}

namespace aioemu::memory {

std::uintptr_t safe_copy_fixup(std::uintptr_t pc) noexcept {
  const auto begin = reinterpret_cast<std::uintptr_t>(&aioemu_safe_copy);
  const auto end = reinterpret_cast<std::uintptr_t>(aioemu_safe_copy_end);
  if (pc < begin || pc >= end) return 0;
  return reinterpret_cast<std::uintptr_t>(aioemu_safe_copy_faulted);
}

}  // namespace aioemu::memory
