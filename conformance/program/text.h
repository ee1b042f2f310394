// Programs as text, for people:
//
//   start ctx0=12 ctx1=0
//   iocb iocb0 pread fd=pipe_r buf=buffer+512 nbytes=100
//   submit ctx0 nr=1 iocb0
//   getevents ctx0 min=0 nr=4 timeout=time sec=0 nsec=0
//
// One statement per line. Fields that hold their usual value are left out. `#` starts a comment.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "conformance/program/program.h"

namespace conformance::program {

struct ParseError {
  unsigned line = 0;  // from 1
  unsigned column = 0;
  std::string message;
};

// parse(print(p)) == canonical(p).
std::variant<Program, ParseError> parse(std::string_view text);
std::string print(const Program& program);
std::string print(const Statement& statement);
// "buffer+512", "iocb3", "ctx0".
std::string print(Place place);

}  // namespace conformance::program
