// phases FILE: goes through phases of faults that it asks for itself, over the socket that
// AIOEMU_CONTROL names, and prints what a write comes to in each.
//
// Status 0: all phases were gone through. 2: a call failed.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/integration/run/clients/six_calls.h"

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(2);
}

class Control {
 public:
  Control() : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const char* const path = std::getenv("AIOEMU_CONTROL");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path == nullptr) fail("AIOEMU_CONTROL");
    std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (connect(fd_, generic, sizeof address) != 0) fail("connect");
  }
  std::string say(const std::string& line) const {
    const std::string text = line + "\n";
    if (write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail("write");
    std::string answer;
    for (char c = 0; read(fd_, &c, 1) == 1 && c != '\n';) answer += c;
    return answer;
  }

 private:
  int fd_;
};

class Writer {
 public:
  explicit Writer(const char* path) : fd_(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ < 0 || client::io_setup(4, &ctx_) != 0) fail("io_setup");
  }
  // The result of one write.
  long write_once() {
    iocb request = client::request(IOCB_CMD_PWRITE, fd_, block_, sizeof block_, 0);
    iocb* batch[] = {&request};
    io_event event{};
    if (client::io_submit(ctx_, 1, batch) != 1) fail("io_submit");
    if (client::io_getevents(ctx_, 1, 1, &event, nullptr) != 1) fail("io_getevents");
    return static_cast<long>(event.res);
  }

 private:
  int fd_;
  aio_context_t ctx_ = 0;
  char block_[512] = {};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Writer writer(argv[1]);
  const Control control;
  std::printf("plain: %ld\n", writer.write_once());
  for (const char* line :
       {"add a: complete op=write errno EIO", "pause", "resume", "del a",
        "add complete op=write path=f short 100", "clear", "mark over", "add nonsense"}) {
    const std::string answer = control.say(line);
    std::printf("%s: %.5s: %ld\n", line, answer.c_str(), writer.write_once());
  }
  std::printf("%s\n", control.say("report").c_str());
  return 0;
}
