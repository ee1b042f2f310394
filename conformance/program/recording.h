// Recordings: programs with what a kernel did, for machines whose kernel has no AIO.
//
//   machine cpus=2 aio_max_nr=65536 realtime=1 kernel=Linux 6.18.44
//   program
//   <text of a program>
//   transcript
//   <text of its transcript>
//   program
//   ...
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "conformance/program/oracle.h"
#include "conformance/program/program.h"
#include "conformance/program/runner.h"
#include "conformance/program/transcript.h"

namespace conformance::program {

struct Recorded {
  Program program;
  Transcript kernel;
};

struct Recording {
  MachineFacts machine;
  std::vector<Recorded> entries;
};

std::string print(const Recording& recording);
// The string says what is wrong.
std::variant<Recording, std::string> parse_recording(std::string_view text);

}  // namespace conformance::program
