#!/usr/bin/env bash
# `strata plugins` with a hundred plugins in its path: what it lists it knows from manifests alone, and how long it takes is
# printed. usage: hundred.sh STRATA_BINARY STRATA_MANIFEST NUMBERED_SO; STRATA_HUNDRED_RUNS (21) are timed
set -u
export LC_ALL=C
strata=$1 manifest=$2 numbered=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
runs=${STRATA_HUNDRED_RUNS:-21}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$here/../cases.sh"

# Copies whose descriptors say other names: whole plugins, each with a component and a manifest of its own.
shelf=$work/shelf
mkdir "$shelf"
for i in $(seq 1 100); do
  name=numbered-$(printf %03d "$i")
  sed "s/numbered-000/$name/" "$numbered" >"$shelf/$name.so"
done
printf '%s\n' "$shelf"/*.so | xargs -P "$(nproc)" -n 1 "$manifest" || fail strata-manifest 'no manifest of a copy'
listing=(plugins --plugin-path "$shelf")

# has_all WHAT: the listing in $work/out has all hundred, whole.
has_all() {
  [ "$(grep -c '^greeter/numbered-[0-9]* *numbered-[0-9]* *says that it is one of many$' "$work/out")" = 100 ] ||
    fail "$1" "not a hundred of them: $(head -c 600 "$work/out")"
}

export NUMBERED_PLUGIN_LOADED=$work/loaded XDG_CACHE_HOME=$work/cache
prints 'greeter/numbered-100' "${listing[@]}"
has_all 'strata plugins'
cp "$work/out" "$work/listed"
[ ! -e "$work/loaded" ] || fail 'strata plugins' "$(wc -l <"$work/loaded") libraries were loaded"
[ ! -e "$work/cache" ] || fail 'strata plugins' 'libraries were tried'

# The same check on what does load: one component asked for, its library loaded in the probe and then in the program.
prints 'greeter/numbered-042' plugins show greeter/numbered-042 --plugin-path "$shelf"
[ "$(wc -l <"$work/loaded")" = 2 ] || fail 'strata plugins show' "$(wc -l <"$work/loaded") loadings, expected 2"

# figure WHAT ARGUMENTS...: how long the program runs. Printed, not held against a limit: the machine may be busy.
figure() {
  local what=$1 start
  shift
  cases=$((cases + 1))
  : >"$work/times"
  for _ in $(seq "$runs"); do
    start=${EPOCHREALTIME/./}
    "$strata" "$@" >/dev/null </dev/null || fail "strata $*" "exit $?"
    echo $((${EPOCHREALTIME/./} - start)) >>"$work/times"
  done
  sort -n "$work/times" | awk -v what="$what" '
    { time[NR] = $1 / 1000 }
    END { printf "%s: median %.1f ms, lowest %.1f ms of %d runs\n", what, time[int((NR + 1) / 2)], time[1], NR }'
}
figure 'strata plugins, 100 plugins in the path' "${listing[@]}"
figure 'strata plugins, none of them' plugins
figure 'strata version' version

# Without a single library the words are the same.
rm "$shelf"/*.so
prints 'greeter/numbered-100' "${listing[@]}"
cmp "$work/out" "$work/listed" || fail 'strata plugins' 'the listing needs the libraries'
finish
