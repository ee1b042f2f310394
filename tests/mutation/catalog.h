// The catalogue: all mutants, as data.
//
// A catalogue file is made of lines "key value":
//
//   file emulator/core/slot_pool.h       the source that the mutants below change
//   mutant half-a-batch-is-enough        a name; the full one is "slot_pool.half-a-batch-is-enough"
//     why K95: ...                       what would go wrong in a program
//     after void give(                   optional: `from` is the first one behind this text
//     from stash_ < 2 * batch_           an expression, or a statement that ends in ; or }
//     to stash_ <= 2 * batch_            what stands there instead; nothing deletes a statement
//   loosen                               no mutant: a change that the switch itself needs, such as
//     from constexpr int kLimit          const for constexpr. Always in force, and wherever the
//     to const int kLimit                text occurs.
//
// Spaces at either end of a line do not count; a line that begins with # is a comment. A text that
// is longer than a line goes on in the next one with the same key.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mutation {

struct Mutant {
  int number = 0;    // from 1, in the order of the catalogue; 0 for what is loosened
  std::string name;  // "slot_pool.half-a-batch-is-enough"
  std::string file;  // from the repository's root
  std::string why;
  std::string after;  // empty: `from` must occur once
  std::string from;
  std::string to;
  std::string place;  // "core.txt:12"
};

struct Catalogue {
  std::vector<Mutant> mutants;
  std::vector<Mutant> loosened;

  // Every file that one of them changes, sorted.
  [[nodiscard]] std::vector<std::string> files() const;
  // By name or by number; null when there is none.
  [[nodiscard]] const Mutant* find(std::string_view name_or_number) const;
};

// Something wrong with data that people write: says where.
class DataError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Adds what `text`, the contents of `title`, says. Throws DataError: a key that does not belong
// there, a mutant without a part, a name twice.
void parse_catalogue(std::string_view text, const std::string& title, Catalogue* catalogue);

// All *.txt of `directory`, in the order of their names. Throws DataError.
Catalogue read_catalogue(const std::filesystem::path& directory);

// The contents of a file. Throws DataError when it cannot be read.
std::string read_text(const std::filesystem::path& path);

}  // namespace mutation
