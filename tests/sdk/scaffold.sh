#!/usr/bin/env bash
# What `strata plugins new` writes is a plugin of every role: the two commands that it prints configure, build, test and
# train, with nothing between them.
# usage: scaffold.sh BUILD_FOLDER CXX_COMPILER [ROLE...]     (all roles when none is named)
set -eu
build=$(cd "$1" && pwd) compiler=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
strata=$build/bin/strata
cases=0 failed=0
cd "$work"
export CXX=$compiler

[ $# -gt 0 ] || set -- $(ls "$build/share/strata/templates" | grep -v '^common$')
for role in "$@"; do
  start=$SECONDS
  cases=$((cases + 1))
  # Both commands as they are printed, but that training stops early.
  if "$strata" plugins new "$role" "my_$role" >"$role.said" && sed -n 's/ *#.*//; s/^  //p' "$role.said" >"$role.commands" &&
    [ "$(wc -l <"$role.commands")" = 2 ] && sed -i '2s/$/ --set train.max_updates=30/' "$role.commands" &&
    bash -euc ". ./$role.commands" >"$role.log" 2>&1 && [ -e "my_$role/runs/first/latest" ]; then
    echo "ok: $role, $(sed -n 's/^1: \(.* passed, 0 failed\)$/\1/p' "$role.log") ($((SECONDS - start)) s)"
  else
    failed=$((failed + 1))
    echo "FAILED: $role"
    tail -n 40 "$role.said" "$role.log"
  fi
done

echo "  $((cases - failed)) test cases out of $cases passed"
[ "$failed" = 0 ] || echo "  $failed test cases out of $cases failed"
[ "$failed" = 0 ]
