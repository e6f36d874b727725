#!/usr/bin/env bash
# plugins/README.md as a reader would follow it: its shell blocks run one after the other, its C++ blocks become the files
# that they name. `~` is a folder of the test's own.
# usage: guide.sh BUILD_FOLDER
set -eu
build=$(cd "$1" && pwd)
guide=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/plugins/README.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ```sh: commands, which share one shell. ```cpp FILE: a file.
awk '
  /^```/ && inside { if (kind == "cpp") print "STRATA_GUIDE_END"; inside = 0; next }
  /^```sh$/ { inside = 1; kind = "sh"; next }
  /^```cpp [^ ]+$/ { inside = 1; kind = "cpp"; printf "cat >%s <<'"'STRATA_GUIDE_END'"'\n", $2; next }
  /^```/ { inside = 1; kind = ""; next }
  inside && kind == "sh" { gsub(/"/, "\\\""); sub(/ +# .*/, ""); if ($0 != "") print "echo \"guide: " $0 "\""; gsub(/\\"/, "\""); print; next }
  inside && kind != "" { print }' "$guide" >"$work/guide.sh"
commands=$(grep -c '^echo "guide: ' "$work/guide.sh")
[ "$commands" -gt 5 ]

mkdir -p "$work/home" "$work/strata/build"
ln -s "$build" "$work/strata/build/release" # where the reader's own tree has it
start=$SECONDS
(cd "$work/strata" && env -u STRATA_PLUGIN_PATH HOME="$work/home" bash -eu "$work/guide.sh") >"$work/log" 2>&1 || {
  echo "FAILED after: $(grep '^guide: ' "$work/log" | tail -n 1)"
  tail -n 60 "$work/log"
  exit 1
}
# What it promises of its first training.
exact=$(sed -n 's/^ *exact_match *\([0-9.]*\).*/\1/p' "$work/log" | head -n 1)
awk -v exact="${exact:-0}" 'BEGIN { exit !(exact >= 95) }' || { echo "FAILED: exact match is '$exact'"; tail -n 60 "$work/log"; exit 1; }
echo "ok: $commands commands of the guide in $((SECONDS - start)) s; its attention writes $exact % of the dates"
echo "  $commands test cases out of $commands passed"
