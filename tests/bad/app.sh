#!/usr/bin/env bash
# Bad input at the app's door: exit code, one line on standard error with code, place and hint, nothing on standard output.
# usage: app.sh STRATA_BINARY
set -u
strata=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases=0 failed=0

fail() {
  echo "FAILED $1: $2"
  failed=$((failed + 1))
}

# refuses EXIT TEXT ARGUMENTS...: the run must end so, and say TEXT in its one line.
refuses() {
  local want=$1 text=$2 got=0
  shift 2
  cases=$((cases + 1))
  "$strata" "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
  [ "$got" = "$want" ] || { fail "strata $*" "exit $got, expected $want; $(head -c 300 "$work/err")"; return; }
  [ "$(wc -l <"$work/err")" = 1 ] || { fail "strata $*" "not one line: $(head -c 600 "$work/err")"; return; }
  [ ! -s "$work/out" ] || { fail "strata $*" "data on standard output: $(head -c 300 "$work/out")"; return; }
  grep -q '^strata: error\[E_[A-Z0-9_]*\] ' "$work/err" && grep -qF -- "$text" "$work/err" ||
    fail "strata $*" "expected '$text' in: $(cat "$work/err")"
}

# prints TEXT ARGUMENTS...: the run must succeed with TEXT on standard output and nothing on standard error.
prints() {
  local text=$1
  shift
  cases=$((cases + 1))
  "$strata" "$@" >"$work/out" 2>"$work/err" </dev/null || { fail "strata $*" "exit $?: $(cat "$work/err")"; return; }
  [ ! -s "$work/err" ] || fail "strata $*" "words on standard error: $(cat "$work/err")"
  grep -qF -- "$text" "$work/out" || fail "strata $*" "expected '$text' in: $(head -c 600 "$work/out")"
}

for part in "$here"/app/*.sh; do
  . "$part"
done

echo "  $((cases - failed)) test cases out of $cases passed"
[ "$failed" = 0 ] || echo "  $failed test cases out of $cases failed"
[ "$failed" = 0 ]
