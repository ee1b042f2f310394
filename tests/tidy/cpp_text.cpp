#include "tests/tidy/cpp_text.h"

#include <algorithm>
#include <cctype>
#include <regex>

namespace tidy {
namespace {

// Walks over the text and copies what is code.
class Stripper {
 public:
  explicit Stripper(std::string_view text) : text_(text), out_(text) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool sees(std::string_view what) const {
    return text_.substr(at_).starts_with(what);
  }

  // A digit separator (1'000) is not the start of a character literal.
  [[nodiscard]] bool separator() const {
    return at_ > 0 && std::isxdigit(static_cast<unsigned char>(text_[at_ - 1])) != 0 &&
           at_ + 1 < text_.size() && std::isxdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0;
  }

  void step() {
    if (sees("//")) {
      blank(text_.find('\n', at_));
    } else if (sees("/*")) {
      blank(past("*/", at_ + 2));
    } else if (sees("R\"")) {
      raw_string();
    } else if (text_[at_] == '"' || (text_[at_] == '\'' && !separator())) {
      literal(text_[at_]);
    } else {
      ++at_;
    }
  }

  [[nodiscard]] std::size_t past(std::string_view what, std::size_t from) const {
    const std::size_t found = text_.find(what, from);
    return found == std::string_view::npos ? found : found + what.size();
  }

  void blank(std::size_t end) {
    for (end = std::min(end, text_.size()); at_ < end; ++at_) {
      if (text_[at_] != '\n') out_[at_] = ' ';
    }
  }

  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    const std::string_view tag = text_.substr(at_ + 2, open - at_ - 2);
    blank(past(")" + std::string(tag) + "\"", open));
  }

  void literal(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    ++at_;
    blank(end);
    if (at_ < text_.size()) ++at_;
  }

  std::string_view text_;
  std::string out_;
  std::size_t at_ = 0;
};

// Removes preprocessor lines with their continuations, keeping the newlines.
void blank_directives(std::string& code) {
  bool continued = false;
  for (std::size_t begin = 0; begin < code.size();) {
    const std::size_t end = std::min(code.find('\n', begin), code.size());
    const std::size_t word = code.find_first_not_of(" \t", begin);
    const bool directive = continued || (word < end && code[word] == '#');
    continued = directive && end > begin && code[end - 1] == '\\';
    if (directive) std::fill(code.data() + begin, code.data() + end, ' ');
    begin = end + 1;
  }
}

std::string squeeze(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!blank) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

enum class Brace { scope, function, initializer };

Brace kind_of(const std::string& head) {
  static const std::regex decoration(
      R"(alignas ?\([^)]*\)|\[\[[^\]]*\]\]|__attribute__ ?\(\([^)]*\)\)|template ?<[^(){}]*> ?)");
  static const std::regex scope(
      R"(^(?:(?:inline|export|typedef|static|constexpr|const|friend) )*(?:namespace|class|struct|union|enum)\b[^(]*$|^extern ""$|^$)");
  std::string bare = squeeze(std::regex_replace(head, decoration, " "));
  bare.erase(0, bare.find_first_not_of(' '));
  if (bare.empty() || std::regex_search(bare, scope)) return Brace::scope;
  if (bare.back() == '=' || bare.find(')') == std::string::npos) return Brace::initializer;
  return Brace::function;
}

class FunctionFinder {
 public:
  explicit FunctionFinder(std::string_view text) : code_(code_only(text)) {
    blank_directives(code_);
  }

  std::vector<Function> run() {
    while (at_ < code_.size()) step();
    return std::move(found_);
  }

 private:
  void step() {
    const char c = code_[at_];
    if (c == '{') {
      open();
    } else if (c == ';' || c == '}' || (c == ':' && after_access_word())) {
      restart();
    } else {
      if (c == '\n') ++line_;
      if (head_begin_ == at_ && std::isspace(static_cast<unsigned char>(c)) != 0) {
        ++head_begin_;
        head_line_ = line_;
      }
      ++at_;
    }
  }

  // "public:" ends here, and is no part of what follows.
  [[nodiscard]] bool after_access_word() const {
    const std::string word =
        squeeze(std::string_view(code_).substr(head_begin_, at_ - head_begin_));
    return word == "public" || word == "protected" || word == "private";
  }

  void restart() {
    head_begin_ = ++at_;
    head_line_ = line_;
  }

  void open() {
    const std::string head =
        squeeze(std::string_view(code_).substr(head_begin_, at_ - head_begin_));
    switch (kind_of(head)) {
      case Brace::scope:
        return restart();
      case Brace::initializer:
        skip_block();
        return;
      case Brace::function:
        const std::size_t first = head_line_;
        skip_block();
        found_.push_back({head, first, line_});
        head_begin_ = at_;
        head_line_ = line_;
    }
  }

  // To behind the brace that closes the one at at_.
  void skip_block() {
    int depth = 0;
    do {
      if (code_[at_] == '{') ++depth;
      if (code_[at_] == '}') --depth;
      if (code_[at_] == '\n') ++line_;
      ++at_;
    } while (depth > 0 && at_ < code_.size());
  }

  std::string code_;
  std::vector<Function> found_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t head_begin_ = 0;
  std::size_t head_line_ = 1;
};

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string code_only(std::string_view text) { return Stripper(text).run(); }

std::vector<Include> includes_of(std::string_view text) {
  static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> includes;
  const std::string code = code_only(text);  // an include inside a comment is none
  const std::vector<std::string_view> bare = lines_of(code);
  const std::vector<std::string_view> lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::cmatch match;
    if (bare[i].find("include") != std::string_view::npos &&
        std::regex_search(lines[i].data(), lines[i].data() + lines[i].size(), match, pattern)) {
      includes.push_back({i + 1, match[2].str(), match[1].str() == "\""});
    }
  }
  return includes;
}

std::vector<Function> functions_of(std::string_view text) { return FunctionFinder(text).run(); }

}  // namespace tidy
