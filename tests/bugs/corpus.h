// Running the programs of the corpus, as they are and under `aioemu run`.
#pragma once

#include <string>
#include <vector>

#include "tests/bugs/registry.h"
#include "tests/integration/run/outcome.h"

namespace bugs {

using run_test::Outcome;

enum class Twin { with_bug, corrected };

// The program by itself, on this machine's kernel.
Outcome run_on_kernel(const std::string& program, Twin twin);
// Has this machine's kernel AIO, and a context to spare?
bool kernel_has_aio();

// `aioemu run OPTIONS -- PROGRAM`, and the program's files are gone afterwards.
Outcome run_emulated(const std::string& program, Twin twin,
                     const std::vector<std::string>& options);
// The same with the fault of a case; a corrected twin is looked at by all oracles.
Outcome run_case(const Case& bug, Twin twin);

// Would aioemu run refuse this, since it does not do such a thing yet?
bool is_refused(const Outcome& outcome);

// Did it end as the case says? Empty: yes; else how it ended.
std::string difference(const Case& bug, const Outcome& outcome);
// Is all well with a program that has no mistake? Empty: yes, it is done, or it gave up in good
// order; else how it ended.
std::string complaint(const Outcome& outcome);

// The line that repeats the case, from the top of the source tree.
std::string replay_line(const Case& bug);

// docs/bug-classes.md, made of the registry and the programs' own words.
std::string page(const std::vector<Case>& cases);
std::string page_path();

}  // namespace bugs
