#include "conformance/program/recording.h"

#include <algorithm>
#include <charconv>

#include "conformance/program/text.h"

namespace conformance::program {
namespace {

std::uint64_t number_after(std::string_view line, std::string_view key) {
  const std::size_t found = line.find(key);
  if (found == std::string_view::npos) return 0;
  const std::string_view text = line.substr(found + key.size());
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Cuts the text at lines that say `word` and nothing else.
std::vector<std::string_view> sections(std::string_view text, std::string_view word) {
  std::vector<std::string_view> parts;
  const std::string line = "\n" + std::string(word) + "\n";
  std::size_t from = 0;
  for (;;) {
    const std::size_t found = text.find(line, from);
    parts.push_back(text.substr(from, found == std::string_view::npos ? found : found + 1 - from));
    if (found == std::string_view::npos) return parts;
    from = found + line.size();
  }
}

std::variant<Recorded, std::string> parse_entry(std::string_view text) {
  const std::vector<std::string_view> parts = sections(text, "transcript");
  if (parts.size() != 2) return "an entry wants one program and one transcript";
  const std::variant<Program, ParseError> program = parse(parts[0]);
  if (const auto* error = std::get_if<ParseError>(&program)) {
    return "line " + std::to_string(error->line) + " of a program: " + error->message;
  }
  std::variant<Transcript, std::string> transcript = parse_transcript(parts[1]);
  if (const auto* error = std::get_if<std::string>(&transcript)) return *error;
  return Recorded{std::get<Program>(program), std::get<Transcript>(std::move(transcript))};
}

}  // namespace

std::string print(const Recording& recording) {
  std::string text = "machine cpus=" + std::to_string(recording.machine.possible_cpus) +
                     " aio_max_nr=" + std::to_string(recording.machine.aio_max_nr) +
                     " realtime=" + (recording.machine.realtime_io ? "1" : "0") + " kernel=Linux " +
                     recording.machine.kernel + "\n";
  for (const Recorded& one : recording.entries) {
    text += "program\n" + print(one.program) + "transcript\n" + print(one.kernel);
  }
  return text;
}

std::variant<Recording, std::string> parse_recording(std::string_view text) {
  Recording recording;
  const std::vector<std::string_view> parts = sections(text, "program");
  const std::string_view machine = parts[0];
  if (machine.substr(0, 8) != "machine ") return "the first line must describe the machine";
  recording.machine.possible_cpus = static_cast<unsigned>(number_after(machine, "cpus="));
  recording.machine.aio_max_nr = number_after(machine, "aio_max_nr=");
  recording.machine.realtime_io = number_after(machine, "realtime=") != 0;
  constexpr std::string_view kKernel = "kernel=Linux ";
  const std::size_t kernel = machine.find(kKernel);
  if (kernel == std::string_view::npos) return "the first line must name the kernel";
  const std::string_view release = machine.substr(kernel + kKernel.size());
  recording.machine.kernel = release.substr(0, release.find('\n'));
  for (std::size_t i = 1; i < parts.size(); ++i) {
    std::variant<Recorded, std::string> entry = parse_entry(parts[i]);
    if (const auto* error = std::get_if<std::string>(&entry)) {
      return "entry " + std::to_string(i) + ": " + *error;
    }
    recording.entries.push_back(std::get<Recorded>(std::move(entry)));
  }
  return recording;
}

}  // namespace conformance::program
