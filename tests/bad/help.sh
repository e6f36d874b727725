#!/usr/bin/env bash
# Help texts: each starts with a noun, and none is empty. What no noun phrase starts with is listed here.
# usage: help.sh STRATA_BINARY
set -u
strata=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "${BASH_SOURCE[0]}")/../cases.sh"
starts='of|in|at|by|on|for|from|to|with|without|behind|before|after|under|over|beside|as|a|an|the|no|that|which|what|who|whose|how|when|where|why|whether'
starts="$starts|if|instead|let|keep|say|print|leave|draw|count|queue|look|use|reads|writes|runs|compare|take|make|added|measured|times"

# every_text FILE: its lines are "place TAB text".
every_text() {
  cases=$((cases + $(wc -l <"$1")))
  local bad
  bad=$(awk -F '\t' -v starts="^($starts)[ ,;:]" '$2 == "" || tolower($2) ~ starts { print $1 ": " $2 }' "$1")
  [ -z "$bad" ] || fail "help texts" "not a noun at the start: $bad"
}

for verb in train translate classify generate logprobs eval average quantize plugins devices bench score tokenize version "plugins new" "plugins doctor" "plugins test"; do
  "$strata" $verb --help | sed -nE "s/^  ([^ ]+( N| TEXT)?)  +/$verb \1\t/p"
done >"$work/verbs"
[ "$(wc -l <"$work/verbs")" -gt 100 ] || fail "help texts" "only $(wc -l <"$work/verbs") of verbs were found"
every_text "$work/verbs"

"$strata" plugins --json | grep -oE '"(name|description|help)": ?"([^"\\]|\\.)*"' | sed -E 's/^"([a-z]+)": ?"(.*)"$/\1\t\2/' |
  awk -F '\t' '$1 == "name" { place = $2; next } { print place " (" $1 ")\t" $2 }' >"$work/components"
[ "$(wc -l <"$work/components")" -gt 150 ] || fail "help texts" "only $(wc -l <"$work/components") of components were found"
every_text "$work/components"
finish
