#include "sim/story.h"

#include "core/file_facts.h"

namespace aioemu::sim {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

std::string story_of_wait(const WaitCall& call) {
  return "io_getevents wants " + number(call.min_nr) + " events and has " + number(call.got);
}

std::string story_of_transfer(const SleepingTransfer& sleeper) {
  const File& file = *sleeper.file;
  return std::string(sleeper.reading ? "reading" : "writing") + " on file " +
         std::to_string(file.number) + " (" + core::name_of(file.facts.kind) +
         ") cannot go on after " + std::to_string(sleeper.transfer->moved()) + " of " +
         std::to_string(sleeper.transfer->length()) + " bytes";
}

std::string story_of(const Call& call) {
  switch (call.kind) {
    case Call::Kind::wait:
      return story_of_wait(static_cast<const WaitCall&>(call));
    case Call::Kind::submit:
      return "io_submit: " + story_of_transfer(*static_cast<const SubmitCall&>(call).transfer);
    case Call::Kind::transfer:
      return story_of_transfer(static_cast<const TransferCall&>(call).transfer);
    case Call::Kind::destroy:
      break;
  }
  return "io_destroy waits for what is in flight";
}

const char* name_of_opcode(unsigned opcode) {
  switch (static_cast<abi::Opcode>(opcode)) {
    case abi::Opcode::pread:
      return "pread";
    case abi::Opcode::pwrite:
      return "pwrite";
    case abi::Opcode::fsync:
      return "fsync";
    case abi::Opcode::fdsync:
      return "fdsync";
    case abi::Opcode::poll:
      return "poll";
    case abi::Opcode::preadv:
      return "preadv";
    case abi::Opcode::pwritev:
    case abi::Opcode::noop:
      break;
  }
  return "pwritev";
}

std::string describe(const InFlight& entry) {
  std::string text = "#" + std::to_string(entry.id) + " " + name_of_opcode(entry.opcode) +
                     " fd=" + std::to_string(entry.fd);
  if (entry.length > 0) {
    text += " offset=" + std::to_string(entry.offset) + " len=" + std::to_string(entry.length);
  }
  return text;
}

}  // namespace

std::string hang_story(const Call& call, const std::vector<InFlight>& in_flight,
                       const HangReasons& reasons) {
  std::string text = "certain hang: " + story_of(call) + "; ";
  if (in_flight.empty()) return text + "nothing is in flight, no timer runs";
  text += "no timer runs, and this is in flight but cannot end by itself:";
  for (const InFlight& entry : in_flight) {
    text += " " + describe(entry);
    const auto rule = reasons.by_rule.find(entry.id);
    if (rule != reasons.by_rule.end()) text += ", which the rule '" + rule->second + "' hangs";
    text += ";";
  }
  if (reasons.scripted) {
    text += " held requests wait for complete_next() or complete()";
  }
  return text;
}

}  // namespace aioemu::sim
