// inliner: a program of many small ones, each of which uses AIO with inline system calls in some
// awkward situation. Each returns 0 when everything was as a kernel with AIO would have it, and
// otherwise a number that tells where it was not.
#pragma once

namespace program {

// A context, one byte read from /dev/zero through it, and its end: 0, or where that failed (40 and
// more). What most of the situations end with.
int use_aio();

// registers.cpp
int keep_registers();
int keep_errno();

// signals.cpp
int block_by_pthread_sigmask();
int block_by_sigprocmask();
int block_by_syscall();
int block_by_instruction();
int block_in_handlers();
int ignore_by_signal();
int ignore_by_sigaction();
int ignore_by_instruction();
int see_own_action();
int get_a_sent_sigsys();
int die_of_a_sent_sigsys();
int use_tiny_alternate_stack();
int sleep_through_a_handler();
int use_aio_in_a_handler();

// processes.cpp
int in_threads();
int in_fork_child();
int in_vfork_child();
int in_cloned_child();
int in_next_program();
int parents_context_in_fork_child();

// ways.cpp
int through_libcs_own_syscall();
int ask_for_io_uring();

}  // namespace program
