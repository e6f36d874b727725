#!/usr/bin/env bash
# Compares the includes of framework/ with the ladder in its README: a room may include rooms of lower rungs and those of its
# own row. Prints each include that goes up, and each room that stands on no rung.
# usage: ladder.sh [FRAMEWORK_FOLDER]
set -euo pipefail
cd "${1-$(dirname "${BASH_SOURCE[0]}")/../../framework}"

# Headers that only lead on from an old path are no part of the house.
includes=$(grep -rL --include='*.hpp' --include='*.cpp' '^// Moved: ' include/strata/*/ src | xargs grep -nE '^#include "')
awk '
  NR == FNR { # the rows "| 4 | `autograd`, `ops` | ... |"
    if (split($0, cell, "|") > 3 && cell[2] ~ /^ *[0-9]+ *$/) {
      gsub(/[` ]/, "", cell[3])
      count = split(cell[3], names, ",")
      for (i = 1; i <= count; ++i) rung[names[i]] = cell[2] + 0
    }
    next
  }
  {
    split($0, part, ":")
    file = part[1]
    room = file
    sub(/^include\/strata\//, "", room)
    sub(/^src\//, "", room)
    sub(/\/.*/, "", room)
    split($0, quoted, "\"")
    to = quoted[2]
    sub(/^strata\//, "", to)
    if (to !~ /\//) next # strata/plugin.hpp, the door for authors
    sub(/\/.*/, "", to)
    ++seen
    if (!(room in rung)) { unknown[room] = file; next }
    if (!(to in rung)) { unknown[to] = file; next }
    if (rung[to] > rung[room]) { print file ":" part[2] ": " room " (rung " rung[room] ") includes " to " (rung " rung[to] ")"; ++up }
  }
  END {
    for (room in unknown) { print unknown[room] ": the room " room " stands on no rung of the README"; ++up }
    if (seen < 1000) { print "ladder: only " seen + 0 " includes were found, so something of this check does not work"; exit 1 }
    print "note: " seen " includes, " up + 0 " that go up"
    exit up > 0
  }' README.md - <<<"$includes"
