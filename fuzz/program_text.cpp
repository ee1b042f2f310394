// program text: no text crashes the parser of programs, what it accepts it prints so that it means
// the same, and the same goes for bytes and for transcripts.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/check.h"
#include "conformance/program/bytes.h"
#include "conformance/program/text.h"
#include "conformance/program/transcript.h"

namespace {

namespace program = conformance::program;

void judge_program(std::string_view text) {
  const auto parsed = program::parse(text);
  if (const auto* error = std::get_if<program::ParseError>(&parsed)) {
    AIOEMU_CHECK(!error->message.empty());
    return;
  }
  const auto& subject = std::get<program::Program>(parsed);
  const auto again = program::parse(print(subject));
  AIOEMU_CHECK(std::holds_alternative<program::Program>(again));
  AIOEMU_CHECK(print(std::get<program::Program>(again)) == print(subject));
  const program::Program canonical = program::decode(program::encode(subject));
  AIOEMU_CHECK(program::decode(program::encode(canonical)) == canonical);
}

void judge_bytes(std::span<const std::uint8_t> bytes) {
  const program::Program subject = program::decode(bytes);
  AIOEMU_CHECK(program::decode(program::encode(subject)) == subject);
  const auto parsed = program::parse(print(subject));
  AIOEMU_CHECK(std::holds_alternative<program::Program>(parsed));
  AIOEMU_CHECK(std::get<program::Program>(parsed) == subject);
}

void judge_transcript(std::string_view text) {
  const auto parsed = program::parse_transcript(text);
  const auto* const transcript = std::get_if<program::Transcript>(&parsed);
  if (transcript == nullptr) {
    AIOEMU_CHECK(!std::get<std::string>(parsed).empty());
    return;
  }
  const std::string printed = print(*transcript);
  const auto again = program::parse_transcript(printed);
  AIOEMU_CHECK(std::holds_alternative<program::Transcript>(again));
  AIOEMU_CHECK(print(std::get<program::Transcript>(again)) == printed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  judge_program(text);
  judge_bytes(std::span(data, size));
  judge_transcript(text);
  return 0;
}
