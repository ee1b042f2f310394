// A program's AIO played by hand: each call tells the oracles one record, as an owner would.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "memory/direct_memory.h"
#include "observe/oracles.h"

namespace aioemu::observe {

// What a request is, as far as the oracles look at it.
struct Ask {
  abi::Opcode op = abi::Opcode::pwrite;
  std::int64_t offset = 0;
  std::uint64_t length = 4096;
  std::uint64_t file = 1;
  std::int32_t fd = 3;
  std::uint64_t data = 0;
  std::uint64_t iocb = 0x1000;
};

// Memory that a test can take away.
class FakeMemory final : public core::UserMemory {
 public:
  bool gone = false;
  bool read(void* to, core::UserAddress from, std::size_t size) noexcept override {
    return !gone && direct_.read(to, from, size);
  }
  bool write(core::UserAddress to, const void* from, std::size_t size) noexcept override {
    return !gone && direct_.write(to, from, size);
  }

 private:
  memory::DirectMemory direct_;
};

class Play {
 public:
  explicit Play(const OracleChoice& choice = {kAllOracles, false}) : oracles(*board, choice) {
    oracles.read_through(memory);
  }

  void begin_batch() {
    ++submit_;
    index_ = 0;
  }
  Record record(Event event, const Ask& ask = {}) {
    Record result;
    result.event = event;
    result.time = time_ += 1000;
    result.op = ask.op;
    result.fd = ask.fd;
    result.offset = ask.offset;
    result.length = ask.length;
    result.file = ask.file;
    result.data = ask.data;
    result.iocb = ask.iocb;
    result.who.submit = submit_;
    result.who.index = index_;
    return result;
  }
  void tell(const Record& record, std::vector<abi::Segment> segments = {}) {
    oracles.see(record, segments);
  }

  // io_submit does not take the next element of the batch.
  void refuse(const Ask& ask, std::int64_t result, std::int32_t rule = fault::kNoRule) {
    Record told = record(Event::refused, ask);
    told.result = result;
    told.rule = rule;
    ++index_;
    tell(told);
  }
  // It does, and the request completes at once. Its serial.
  std::uint64_t accept(const Ask& ask, const std::vector<abi::Segment>& segments = {}) {
    Record told = record(Event::accepted, ask);
    told.serial = ++serial_;
    ++index_;
    tell(told, segments);
    return serial_;
  }
  // It does, and the request stays in flight.
  std::uint64_t hold(const Ask& ask, const std::vector<abi::Segment>& segments = {}) {
    accept(ask, segments);
    Record told = record(Event::held, ask);
    told.serial = serial_;
    tell(told, segments);
    return serial_;
  }
  void start(std::uint64_t serial, const Ask& ask, const std::vector<abi::Segment>& segments = {}) {
    Record told = record(Event::started, ask);
    told.serial = serial;
    tell(told, segments);
  }
  void complete(std::uint64_t serial, const Ask& ask, std::int64_t result,
                std::int32_t rule = fault::kNoRule) {
    Record told = record(Event::completed, ask);
    told.serial = serial;
    told.result = result;
    told.rule = rule;
    tell(told);
  }
  // The program reads or writes by itself.
  void synchronous(const Ask& ask) { tell(record(Event::synchronous, ask)); }
  void end() { tell(record(Event::ended)); }

  [[nodiscard]] Tale tale(bool over = false) const { return read(*board, over); }
  [[nodiscard]] std::uint64_t count(Oracle oracle) const {
    return tale().counts[static_cast<std::size_t>(oracle)];
  }

  OwnBoard board = make_board();
  FakeMemory memory;
  Oracles oracles;

 private:
  std::uint64_t time_ = 0;
  std::uint64_t submit_ = 0;
  std::uint64_t index_ = 0;
  std::uint64_t serial_ = 0;
};

// A buffer of the program's.
struct Buffer {
  explicit Buffer(std::size_t size) : bytes(size, 'a') {}
  [[nodiscard]] std::vector<abi::Segment> segments() const {
    return {{reinterpret_cast<std::uint64_t>(bytes.data()), bytes.size()}};
  }
  std::string bytes;
};

}  // namespace aioemu::observe
