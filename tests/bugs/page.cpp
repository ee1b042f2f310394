// docs/bug-classes.md.
#include <algorithm>
#include <array>

#include "tests/bugs/corpus.h"

namespace bugs {
namespace {

constexpr std::string_view kHead =
    R"(# Bug classes, and a planted bug for each

<!-- Made by scripts/bug-classes from tests/bugs; edit those instead. -->

Ten kinds of mistakes that programs make with Linux kernel AIO, each of them met in real software. For
each there are small programs in `tests/bugs/programs` that make it. Without faults they work, on the
kernel as well as under `aioemu run`; the smallest fault of their class shows the mistake. Beside each
stands its corrected twin (the same source, with `FIXED`), which survives that fault and the profiles
that a correct program can survive, with all oracles looking on.

Each program writes or reads files in a directory and looks itself whether the bytes are right. Its
status is 0 when they are, 1 when they are not or when it failed without a reason, and 3 when it gave
up on an error that lasts, and said so. All this is run by the tests of every build.

| Symptom | How it shows |
|---|---|
| wrong | the program's own check fails |
| gives up | it ends in good order, although nothing is wrong |
| hang | it waits for something that never comes; `--timeout` ends it (124) |
| crash | a signal ends it |
| oracle | it succeeds, and an oracle saw that it should not have (99) |

| Class | Program | Fault | Symptom | Seed |
|---|---|---|---|---|
)";

constexpr std::array<std::string_view, 10> kClasses = {
    "A: a short submit taken as all or as an error",
    "B: EAGAIN misread, or not retried",
    "C: a short transfer taken as full or as an error",
    "D: the sign or the width of res",
    "E: EINTR, timeouts and min_nr",
    "F: lifetimes: buffers, iocbs and contexts given up in flight",
    "G: errors and full disks not noticed",
    "H: an order of completion assumed",
    "I: setup and its limits",
    "J: notification",
};

// A fault in a cell of a table, where a bar would end the cell. There is none in the language.
std::string cell(const std::string& fault) { return "`" + fault + "`"; }

std::string row(const Case& bug) {
  return std::string("| ") + bug.bug_class + " | [" + bug.program + "](../tests/bugs/programs/" +
         bug.program + ".cpp) | " + cell(bug.fault) + " | " + bug.symptom + " | " +
         std::to_string(bug.seed) + " |\n";
}

std::string section(const std::vector<Case>& cases, const std::string& program) {
  const About text = about(program);
  std::string made = "### " + program + "\n\n" + text.mistake + "\n\n" + text.why + "\n\n```\n";
  for (const Case& bug : cases) {
    if (bug.program == program) made += "$ " + replay_line(bug) + "\n" + bug.seen + "\n";
  }
  return made + "```\n";
}

}  // namespace

std::string page(const std::vector<Case>& registry) {
  std::vector<Case> cases = registry;
  std::stable_sort(cases.begin(), cases.end(),
                   [](const Case& a, const Case& b) { return a.bug_class < b.bug_class; });
  std::string made(kHead);
  for (const Case& bug : cases) made += row(bug);
  for (const std::string_view title : kClasses) {
    made += "\n## " + std::string(title) + "\n";
    std::vector<Case> of_class;
    for (const Case& bug : cases) {
      if (bug.bug_class == title[0]) of_class.push_back(bug);
    }
    for (const std::string& program : programs(of_class)) made += "\n" + section(of_class, program);
  }
  return made;
}

std::string page_path() { return BUGS_SOURCES "/../../docs/bug-classes.md"; }

}  // namespace bugs
