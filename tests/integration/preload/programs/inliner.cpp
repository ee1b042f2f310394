// inliner SITUATION: see inliner.h.
#include "tests/integration/preload/programs/inliner.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "tests/integration/preload/programs/inline_calls.h"

namespace program {

int use_aio() {
  aio_context_t ctx = 0;
  if (io_setup(4, &ctx) != 0) return 40;
  const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  char byte = 1;
  iocb read = request(IOCB_CMD_PREAD, fd, &byte, 1, 0);
  iocb* batch[] = {&read};
  if (io_submit(ctx, 1, batch) != 1) return 41;
  io_event event{};
  if (io_getevents(ctx, 1, 1, &event, nullptr) != 1) return 42;
  close(fd);
  if (event.res != 1 || byte != 0 || event.obj != reinterpret_cast<std::uint64_t>(&read)) return 43;
  return io_destroy(ctx) == 0 ? 0 : 44;
}

namespace {

struct Situation {
  const char* name;
  int (*run)();
};

constexpr Situation kSituations[] = {
    {"plain", use_aio},
    {"registers", keep_registers},
    {"errno", keep_errno},
    {"blocked-by-pthread_sigmask", block_by_pthread_sigmask},
    {"blocked-by-sigprocmask", block_by_sigprocmask},
    {"blocked-by-syscall", block_by_syscall},
    {"blocked-by-instruction", block_by_instruction},
    {"blocked-in-handlers", block_in_handlers},
    {"ignored-by-signal", ignore_by_signal},
    {"ignored-by-sigaction", ignore_by_sigaction},
    {"ignored-by-instruction", ignore_by_instruction},
    {"own-action", see_own_action},
    {"sent-sigsys", get_a_sent_sigsys},
    {"deadly-sigsys", die_of_a_sent_sigsys},
    {"tiny-alternate-stack", use_tiny_alternate_stack},
    {"sleep-through-a-handler", sleep_through_a_handler},
    {"aio-in-a-handler", use_aio_in_a_handler},
    {"threads", in_threads},
    {"fork", in_fork_child},
    {"vfork", in_vfork_child},
    {"clone-vm", in_cloned_child},
    {"exec", in_next_program},
    {"fork-with-a-context", parents_context_in_fork_child},
    {"libcs-own-syscall", through_libcs_own_syscall},
    {"io_uring", ask_for_io_uring},
};

}  // namespace
}  // namespace program

int main(int argc, char** argv) {
  for (const program::Situation& situation : program::kSituations) {
    if (argc == 2 && std::strcmp(argv[1], situation.name) == 0) return situation.run();
  }
  std::fprintf(stderr, "inliner: no such situation\n");
  return 99;
}
