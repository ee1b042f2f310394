// leaver FILE HOW: asks for a write and 8 fsyncs and ends at once, without reaping, by exit, _exit,
// quick_exit, the system call itself, exec (of /bin/true) or a signal.
#include <fcntl.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "tests/integration/run/clients/six_calls.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  aio_context_t ctx = 0;
  if (fd < 0 || client::io_setup(16, &ctx) != 0) return 2;
  static char block[4096];
  iocb write = client::request(IOCB_CMD_PWRITE, fd, block, sizeof block, 0);
  iocb* batch[9] = {&write};
  static iocb syncs[8];
  for (int i = 0; i < 8; ++i) {
    syncs[i] = client::request(IOCB_CMD_FSYNC, fd, nullptr, 0, 0);
    batch[i + 1] = &syncs[i];
  }
  if (client::io_submit(ctx, 9, batch) != 9) return 3;
  const std::string how = argv[2];
  if (how == "exit") std::exit(0);
  if (how == "_exit") _exit(0);
  if (how == "_Exit") std::_Exit(0);
  if (how == "quick_exit") std::quick_exit(0);
  if (how == "exit_group") syscall(SYS_exit_group, 0);
  if (how == "exec") execl("/bin/true", "true", static_cast<char*>(nullptr));
  if (how == "kill") raise(SIGKILL);
  return 4;
}
