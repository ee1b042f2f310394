// The corpus as data: the cases of registry.txt, and the ends that a program can have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bugs {

struct Case {
  char bug_class = 'A';
  std::string program;
  std::string fault;  // what --fault takes
  std::uint64_t seed = 0;
  std::string options;  // further ones, with blanks between them
  std::string symptom;  // wrong, gives up, hang, crash, or "oracle NAME"
  std::string seen;     // in the output

  // "submit_count_ignored: submit nr>=2 when=1 partial 1".
  [[nodiscard]] std::string title() const { return program + ": " + fault; }
};

// Reads the text of a registry. Throws std::runtime_error with the line and the reason.
std::vector<Case> parse_registry(std::string_view text);
// That of this corpus.
std::vector<Case> load_registry();

// The programs, each once, in the order of the cases.
std::vector<std::string> programs(const std::vector<Case>& cases);

// The comment at the top of the program's source, without its slashes.
struct About {
  std::string mistake;  // the first paragraph
  std::string why;      // the second
};
About about(const std::string& program);

}  // namespace bugs
