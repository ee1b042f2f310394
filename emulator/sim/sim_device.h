// Devices: /dev/null and its like, files with a fixed text, files without read and write, and a
// device that answers what one sets.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/prng.h"
#include "sim/file.h"

namespace aioemu::sim {

// K72: reads nothing, swallows everything without looking at it.
class NullDevice final : public File {
 public:
  NullDevice();
  Attempt read(Transfer&) override { return Attempt::done(0); }
  Attempt write(Transfer& transfer) override;
};

// /dev/zero, and /dev/full, which reads the same and has no room.
class ZeroDevice final : public File {
 public:
  explicit ZeroDevice(bool full);
  Attempt read(Transfer& transfer) override;
  Attempt write(Transfer& transfer) override;

 private:
  const bool full_;
};

// /dev/urandom: bytes from a seed.
class RandomDevice final : public File {
 public:
  explicit RandomDevice(std::uint64_t seed);
  Attempt read(Transfer& transfer) override;
  Attempt write(Transfer& transfer) override;

 private:
  Prng stream_;
};

// A file of the system with a fixed text, such as /proc/version.
class TextFile final : public File {
 public:
  explicit TextFile(std::string text);
  Attempt read(Transfer& transfer) override;
  [[nodiscard]] std::int64_t size() const override { return 0; }

 private:
  const std::string text_;
};

// Directories, epoll, inotify, pidfd, /proc sequences: refused by AIO reads and writes (K54).
class OtherFile final : public File {
 public:
  explicit OtherFile(core::FileKind kind);
  long sync(std::uint64_t issued) override;
  [[nodiscard]] std::uint32_t readiness() const override;
};

// Answers each request with the next of the results that were set; when there is none, reads
// zeroes and swallows what is written. A result of n bytes reads n zeroes.
class ScriptedDevice final : public File {
 public:
  explicit ScriptedDevice(core::FileKind kind);

  void answer_next(long result) { results_.push_back(result); }

  Attempt read(Transfer& transfer) override;
  Attempt write(Transfer& transfer) override;
  long sync(std::uint64_t issued) override;

 private:
  bool take_result(long& result);
  std::deque<long> results_;
};

}  // namespace aioemu::sim
