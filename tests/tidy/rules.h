// The rules of the house that are checked by looking at the text. Each gives its findings in the
// order of the files; the name of a rule is the `rule` of its findings.
#pragma once

#include <vector>

#include "tests/tidy/source_tree.h"

namespace tidy {

// unbuilt: a source that no target compiles (only when the tree knows), a header that no file
// includes. Examples and consumer projects that are built apart are exceptions with a reason.
std::vector<Finding> check_unbuilt(const Tree& tree);

// function-length: more than 70 lines from the first word of the head to the closing brace.
std::vector<Finding> check_function_length(const Tree& tree);

// file-length: more than 600 lines; 800 for tests.
std::vector<Finding> check_file_length(const Tree& tree);

// pragma-once: a header whose first code is something else.
std::vector<Finding> check_pragma_once(const Tree& tree);

// first-include: x.cpp whose first include is not x.h, where there is an x.h beside it.
std::vector<Finding> check_first_include(const Tree& tree);

// public-header: a file below emulator/include that includes anything but system headers and other
// public headers; it could not be installed.
std::vector<Finding> check_public_headers(const Tree& tree);

// unfinished: a marker for work left over.
std::vector<Finding> check_unfinished(const Tree& tree);

// outside: a text that points out of the repository, to where readers cannot follow: paths of the
// machine it was written on, numbers of some tracker.
std::vector<Finding> check_outside(const Tree& tree);

// All of the above.
std::vector<Finding> check_text_rules(const Tree& tree);

}  // namespace tidy
