// aioemu-bug-classes: runs every case of the corpus and prints docs/bug-classes.md.
//
// Exit 0: the page is on standard output. 1: a case did not end as the registry says, which is told
// on standard error; no page. 77: the page is there, but aioemu run cannot carry out some cases
// yet.
#include <cstdio>
#include <exception>

#include "tests/bugs/corpus.h"

namespace {

// 0, 1 or 77, with a line on standard error unless 0.
int try_case(const bugs::Case& bug) {
  const bugs::Outcome outcome = bugs::run_case(bug, bugs::Twin::with_bug);
  if (bugs::is_refused(outcome)) {
    std::fprintf(stderr, "not carried out here: %s\n", bug.title().c_str());
    return 77;
  }
  std::string problem = bugs::difference(bug, outcome);
  if (problem.empty()) problem = bugs::complaint(bugs::run_case(bug, bugs::Twin::corrected));
  if (problem.empty()) return 0;
  std::fprintf(stderr, "%s: %s\n", bug.title().c_str(), problem.c_str());
  return 1;
}

int make_page() {
  const std::vector<bugs::Case> cases = bugs::load_registry();
  int worst = 0;
  for (const bugs::Case& bug : cases) {
    const int result = try_case(bug);
    if (result == 1 || worst == 0) worst = result;
  }
  if (worst != 1) std::fputs(bugs::page(cases).c_str(), stdout);
  return worst;
}

}  // namespace

int main() {
  try {
    return make_page();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "aioemu-bug-classes: %s\n", error.what());
    return 1;
  }
}
