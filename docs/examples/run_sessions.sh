#!/bin/sh
# Runs the ```console blocks of a page and compares what they print.
#
#   run_sessions.sh PAGE
#
# Lines that begin with "$ " are commands; what follows is their output, standard error included.
# A line "..." stands for any lines, and "..." within a line for any text. Blocks share one empty
# directory. Exit 0: every command printed what the page shows; 77: the page has no session.
set -u
page=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/session"

# One file per command: N.cmd, N.want.
awk -v dir="$work" '
  /^```console$/ { inside = 1; next }
  /^```$/ { inside = 0; next }
  !inside { next }
  /^\$ / { ++n; print substr($0, 3) > (dir "/" n ".cmd"); printf "" > (dir "/" n ".want"); next }
  n { print > (dir "/" n ".want") }
' "$page"

[ -f "$work/1.cmd" ] || { echo "$page: no session"; exit 77; }
cd "$work/session" || exit 1
n=1
while [ -f "$work/$n.cmd" ]; do
  sh "$work/$n.cmd" >"$work/$n.got" 2>&1 </dev/null
  # The wanted output as one pattern of the shell: literal but for the dots.
  want=$(sed -e 's/[][\\*?]/\\&/g' -e 's/\.\.\./*/g' "$work/$n.want")
  got=$(cat "$work/$n.got")
  # shellcheck disable=SC2254
  case $got in
    $want) ;;
    *)
      echo "$page: \$ $(cat "$work/$n.cmd")"
      echo "printed:"
      sed 's/^/    /' "$work/$n.got"
      echo "the page shows:"
      sed 's/^/    /' "$work/$n.want"
      exit 1
      ;;
  esac
  n=$((n + 1))
done
echo "$page: $((n - 1)) commands print what the page shows"
