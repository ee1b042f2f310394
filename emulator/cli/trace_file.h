// TraceFile: writes a run's trace while the program runs.
//
// A thread of this process takes the records out of the session's ring as they come and writes
// their lines. The file is complete, and the thread gone, when finish() has returned.
#pragma once

#include <atomic>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#include "host/session_layout.h"
#include "observe/trace_writer.h"

namespace aioemu::cli {

class TraceFile {
 public:
  // Makes the file and writes its header; good() tells whether that worked. `layout` outlives it.
  TraceFile(const std::string& path, const observe::TraceHeader& header,
            host::SessionLayout& layout);
  // Ends the thread.
  ~TraceFile();
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  [[nodiscard]] bool good() const { return file_.good(); }
  // With all signals blocked in the calling thread: the new one inherits that.
  void start();
  // Once nobody writes records any more. False when the file could not be written.
  bool finish();

  // From any thread while the program runs.
  void mark(std::uint64_t time, std::string_view text);
  void add_rule(const std::string& word, std::string_view text);

  // Records that did not get through, after finish().
  [[nodiscard]] std::uint64_t lost() const { return layout_.trace.lost.load(); }

 private:
  void drain_until_stopped();
  bool drain(bool give_up);
  void stop();

  host::SessionLayout& layout_;
  std::ofstream file_;
  observe::TraceWriter writer_;
  std::mutex mutex_;  // around the writer and the file
  std::string text_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace aioemu::cli
