#!/bin/sh
# Checks that the C++ shown on a page is the C++ that is compiled.
#
#   check_snippets.sh PAGE ROOT
#
# Every ```cpp block must follow a line "<!-- from FILE -->" and stand in that file, line for line,
# but for its indentation. Exit 0 when all do.
set -u
awk -v root="$2" -v page="$1" '
  function strip(line) { gsub(/^[ \t]+|[ \t]+$/, "", line); return line }
  function load(name,   line) {
    text = "\n"
    while ((getline line < (root "/" name)) > 0) text = text strip(line) "\n"
    close(root "/" name)
    return text
  }
  /^<!-- from .* -->$/ { file = $3; next }
  /^```cpp$/ { inside = 1; block = "\n"; ++blocks; next }
  inside && /^```$/ {
    inside = 0
    if (file == "") { print page ": block " blocks " does not say where it is from"; bad = 1 }
    else if (index(load(file), block) == 0) { print page ": block " blocks " is not in " file; bad = 1 }
    file = ""
    next
  }
  inside { block = block strip($0) "\n" }
  END { if (blocks == 0) { print page ": no block"; bad = 1 } exit bad }
' "$1"
