// The requests that a context accepted from a running program, and which of them have completed.
#pragma once

#include <cstdint>
#include <vector>

#include "conformance/program/files.h"
#include "conformance/program/transcript.h"

namespace conformance::program {

struct Accepted {
  std::uint8_t context = 0;
  std::uint64_t obj = 0;
  std::uint64_t data = 0;
  std::uint16_t opcode = 0;
  FileName file = FileName::closed;  // by its number at submit
  bool notifies = false;             // IOCB_FLAG_RESFD
  std::uint32_t step = 0;
  bool done = false;
};

class Requests {
 public:
  void forget();
  void accept(const Accepted& one) { all_.push_back(one); }
  // Finds the request that an event belongs to and marks it done. Null for an event of nobody.
  const Accepted* complete(const Arrival& arrival);
  [[nodiscard]] long missing(unsigned context) const;
  // Polls of which no completion has been seen.
  [[nodiscard]] bool has_pending_poll() const;
  [[nodiscard]] std::vector<const Accepted*> pending_polls() const;

 private:
  std::vector<Accepted> all_;
  std::size_t first_open_ = 0;  // everything before it is done
};

}  // namespace conformance::program
