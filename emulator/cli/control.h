// Control: a Unix socket over which a run's faults are changed while it runs. docs/run.md tells the
// commands; each is a line, and each is answered by one.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "cli/live_rules.h"

namespace aioemu::cli {

// What the commands do.
class ControlCommands {
 public:
  using Mark = std::function<void(std::string_view text)>;
  using Report = std::function<std::string()>;
  // `rules` outlives it. `report` gives JSON in one line.
  ControlCommands(LiveRules& rules, Mark mark, Report report);

  // The answer to a line, without its newline: "ok ...", "error ..." or a report.
  [[nodiscard]] std::string answer(std::string_view line);

 private:
  LiveRules& rules_;
  Mark mark_;
  Report report_;
};

class ControlSocket {
 public:
  // Listens at `path`, for this user alone. `commands` outlives it.
  ControlSocket(const std::string& path, ControlCommands& commands);
  // Ends the thread and removes the socket.
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  // Why nobody listens, or empty.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // With all signals blocked in the calling thread: the new one inherits that.
  void start();

 private:
  class Clients;

  void listen_at(const std::string& path);

  ControlCommands& commands_;
  std::string path_;  // once bound
  std::string problem_;
  int listener_ = -1;
  int stop_ = -1;  // an eventfd
  std::thread thread_;
};

}  // namespace aioemu::cli
