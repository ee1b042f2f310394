// fuzz-dictionary NAME: prints the dictionary of that name, in libFuzzer's form.
//
// The words come from the tables that the parsers themselves use, at build time, so that no
// dictionary can fall behind its language. Exit 0; 2 for a name that is none.

#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include "conformance/program/files.h"
#include "conformance/program/text.h"
#include "conformance/program/verbs.h"
#include "fault/vocabulary.h"

namespace {

namespace fault = aioemu::fault;
namespace program = conformance::program;

void word(std::string_view text) {
  std::printf("\"%.*s\"\n", static_cast<int>(text.size()), text.data());
}

void words(std::span<const std::string_view> all) {
  for (const std::string_view one : all) word(one);
}

// Rules of a fault plan: "name: layer op=... errno EIO when=1".
void print_plan() {
  words(fault::layer_words());
  words(fault::op_words());
  words(fault::qualifier_words());
  words(fault::statement_words());
  words(fault::setting_words());
  words(fault::order_words());
  words(fault::flag_words());
  for (std::size_t i = 0; i < fault::kLayers; ++i) {
    words(fault::action_words(static_cast<fault::Layer>(i)));
  }
  for (const char* sign : {"=", "!=", "<=", ">=", "..", ":", ",", "#", "EIO", "ENOSPC", "EAGAIN"}) {
    word(sign);
  }
}

// Programs as text.
void print_program() {
  for (std::size_t i = 0; i < program::kVerbs; ++i) {
    const program::VerbRow& row = program::row_of(static_cast<program::Verb>(i));
    word(row.name);
    for (unsigned field = 0; field < row.count; ++field) {
      word(std::string(row.fields[field].name) + "=");
    }
  }
  for (std::size_t i = 0; i < program::kFiles; ++i) {
    word(program::name_of(static_cast<program::FileName>(i)));
  }
  for (std::size_t i = 0; i < program::kAreas; ++i) {
    word(program::print(program::Place{static_cast<program::Area>(i), 0}));
  }
  for (const char* name :
       {"start", "pread", "pwrite", "preadv", "pwritev", "fsync", "fdsync", "poll", "#", "+"}) {
    word(name);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view name = argc == 2 ? argv[1] : "";
  if (name == "plan") {
    print_plan();
  } else if (name == "program") {
    print_program();
  } else {
    std::fputs("usage: fuzz-dictionary plan|program\n", stderr);
    return 2;
  }
  return 0;
}
