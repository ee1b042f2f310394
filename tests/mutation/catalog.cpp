#include "tests/mutation/catalog.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace mutation {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) + 1 - begin);
}

class Parser {
 public:
  Parser(const std::string& title, Catalogue* catalogue) : title_(title), catalogue_(catalogue) {}

  void line(std::string_view text) {
    ++line_;
    text = trim(text);
    if (text.empty() || text.front() == '#') return;
    const std::size_t space = std::min(text.find(' '), text.size());
    key(text.substr(0, space), trim(text.substr(space)));
  }

  void finish() {
    if (!open_) return;
    open_ = false;
    if (current_.from.empty()) fail("'" + current_.name + "' lacks 'from'");
    if (!has_to_) fail("'" + current_.name + "' lacks 'to' (which may be empty)");
    if (loosens_) {
      catalogue_->loosened.push_back(current_);
      return;
    }
    if (current_.why.empty()) fail("'" + current_.name + "' lacks 'why'");
    if (catalogue_->find(current_.name) != nullptr) fail("'" + current_.name + "' is there twice");
    current_.number = static_cast<int>(catalogue_->mutants.size()) + 1;
    catalogue_->mutants.push_back(current_);
  }

 private:
  void key(std::string_view key, std::string_view value) {
    if (key == "file") {
      finish();
      file_ = value;
    } else if (key == "mutant" || key == "loosen") {
      begin(key == "loosen", value);
    } else if (!part(key, value)) {
      fail("'" + std::string{key} + "' is none of file, mutant, loosen, why, after, from, to" +
           (open_ ? "" : ", or stands before the first mutant of a file"));
    }
  }

  void begin(bool loosens, std::string_view name) {
    finish();
    if (file_.empty()) fail("no 'file' stands above");
    if (!loosens && name.empty()) fail("a mutant needs a name");
    open_ = true;
    loosens_ = loosens;
    has_to_ = false;
    current_ = Mutant{};
    current_.file = file_;
    current_.name = fs::path{file_}.stem().string() + "." + std::string{loosens ? "loosen" : name};
    current_.place = title_ + ":" + std::to_string(line_);
  }

  bool part(std::string_view key, std::string_view value) {
    if (!open_) return false;
    std::string* const text = key == "why"     ? &current_.why
                              : key == "after" ? &current_.after
                              : key == "from"  ? &current_.from
                              : key == "to"    ? &current_.to
                                               : nullptr;
    if (text == nullptr) return false;
    has_to_ = has_to_ || key == "to";
    *text += (text->empty() || value.empty() ? "" : " ") + std::string{value};
    return true;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw DataError(title_ + ":" + std::to_string(line_) + ": " + what);
  }

  std::string title_;
  Catalogue* catalogue_;
  int line_ = 0;
  std::string file_;
  bool open_ = false;
  bool loosens_ = false;
  bool has_to_ = false;
  Mutant current_;
};

}  // namespace

std::vector<std::string> Catalogue::files() const {
  std::set<std::string> files;
  for (const Mutant& mutant : mutants) files.insert(mutant.file);
  for (const Mutant& mutant : loosened) files.insert(mutant.file);
  return {files.begin(), files.end()};
}

const Mutant* Catalogue::find(std::string_view name_or_number) const {
  const auto found = std::find_if(mutants.begin(), mutants.end(), [&](const Mutant& mutant) {
    return mutant.name == name_or_number || std::to_string(mutant.number) == name_or_number;
  });
  return found == mutants.end() ? nullptr : &*found;
}

void parse_catalogue(std::string_view text, const std::string& title, Catalogue* catalogue) {
  Parser parser(title, catalogue);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    parser.line(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parser.finish();
}

Catalogue read_catalogue(const fs::path& directory) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Catalogue catalogue;
  for (const fs::path& file : files) {
    parse_catalogue(read_text(file), file.filename().string(), &catalogue);
  }
  return catalogue;
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) throw DataError("cannot read " + path.string());
  return text.str();
}

}  // namespace mutation
