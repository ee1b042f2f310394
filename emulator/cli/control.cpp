#include "cli/control.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace aioemu::cli {
namespace {

constexpr std::size_t kLongestLine = 65536;
constexpr const char* kCommands = "add LINE, del NAME, clear, pause, resume, mark TEXT, report";

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// Is there a socket at `path` that nobody listens to any more?
bool is_abandoned(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(path);
  const bool refused = connect(fd, generic(address), sizeof address) != 0 && errno == ECONNREFUSED;
  close(fd);
  return refused;
}

// A line's first word, and the rest.
std::pair<std::string_view, std::string_view> split(std::string_view line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  line.remove_prefix(begin);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  std::string_view rest = line.substr(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  return {line.substr(0, end), rest};
}

}  // namespace

ControlCommands::ControlCommands(LiveRules& rules, Mark mark, Report report)
    : rules_(rules), mark_(std::move(mark)), report_(std::move(report)) {}

std::string ControlCommands::answer(std::string_view line) {
  const auto [word, rest] = split(line);
  if (word == "add") return rules_.add(rest);
  if (word == "del") return rules_.remove(rest);
  if (word == "mark") {
    mark_(rest);
    return "ok";
  }
  if (!rest.empty())
    return "error 1:1 '" + std::string(word) + "' takes nothing (" + kCommands + ")";
  if (word == "clear") return rules_.clear();
  if (word == "pause") return rules_.pause(true);
  if (word == "resume") return rules_.pause(false);
  if (word == "report") return report_();
  return "error 1:1 no command is called '" + std::string(word) + "' (" + kCommands + ")";
}

// Whoever is connected, with what has come of a line so far.
class ControlSocket::Clients {
 public:
  explicit Clients(ControlCommands& commands) : commands_(commands) {}
  ~Clients() {
    for (const Client& client : all_) close(client.fd);
  }
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  void take(int fd) { all_.push_back({fd, {}}); }
  void add_to(std::vector<pollfd>& polled) const {
    for (const Client& client : all_) polled.push_back({client.fd, POLLIN, 0});
  }
  void serve(const pollfd& ready) {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (all_[i].fd != ready.fd || ready.revents == 0) continue;
      if (read_from(all_[i])) return;
      close(all_[i].fd);
      all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }

 private:
  struct Client {
    int fd;
    std::string text;
  };

  // False when it has gone, or is to go.
  bool read_from(Client& client) {
    char block[4096];
    const ssize_t count = recv(client.fd, block, sizeof block, 0);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    if (count == 0) return false;
    client.text.append(block, static_cast<std::size_t>(count));
    for (std::size_t end = 0; (end = client.text.find('\n')) != std::string::npos;) {
      const std::string answer = commands_.answer(client.text.substr(0, end)) + "\n";
      client.text.erase(0, end + 1);
      if (!send_all(client.fd, answer)) return false;
    }
    return client.text.size() <= kLongestLine;
  }

  static bool send_all(int fd, std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  ControlCommands& commands_;
  std::vector<Client> all_;
};

ControlSocket::ControlSocket(const std::string& path, ControlCommands& commands)
    : commands_(commands), stop_(eventfd(0, EFD_CLOEXEC)) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    problem_ = "--control: the path of a socket has at most " +
               std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes: " + path;
    return;
  }
  listen_at(path);
}

void ControlSocket::listen_at(const std::string& path) {
  if (is_abandoned(path)) unlink(path.c_str());
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const sockaddr_un address = address_of(path);
  const mode_t before = umask(0177);
  const bool bound = bind(listener_, generic(address), sizeof address) == 0;
  const int error = errno;
  umask(before);
  if (bound) path_ = path;
  if (bound && listen(listener_, 8) == 0) return;
  problem_ = "--control: " + path + ": " + std::strerror(bound ? errno : error);
}

ControlSocket::~ControlSocket() {
  if (thread_.joinable()) {
    const std::uint64_t one = 1;
    static_cast<void>(!write(stop_, &one, sizeof one));
    thread_.join();
  }
  if (!path_.empty()) unlink(path_.c_str());
  if (listener_ >= 0) close(listener_);
  close(stop_);
}

void ControlSocket::start() {
  thread_ = std::thread([this] {
    Clients clients(commands_);
    for (;;) {
      std::vector<pollfd> polled = {{stop_, POLLIN, 0}, {listener_, POLLIN, 0}};
      clients.add_to(polled);
      if (poll(polled.data(), polled.size(), -1) < 0) continue;
      if (polled[0].revents != 0) return;
      for (std::size_t i = 2; i < polled.size(); ++i) clients.serve(polled[i]);
      if (polled[1].revents == 0) continue;
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd >= 0) clients.take(fd);
    }
  });
}

}  // namespace aioemu::cli
