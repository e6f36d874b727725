#!/usr/bin/env bash
# Too little address space, or no room for a thread, is one line and exit 10, wherever it runs out; never a signal.
. "$(dirname "$0")/env.sh"
if "$strata" version --help >/dev/null 2>&1 && nm -D "$strata" 2>/dev/null | grep -q '__asan_init\|__tsan_init'; then
  skip "sanitizers need more address space than a limit leaves"
  finish
  exit
fi

# within KIB: a training must end well or be refused for lack of memory.
within() {
  local got=0
  cases=$((cases + 1))
  (ulimit -v "$1" && exec "$strata" train tiny.json --output "t$1" --quiet --threads 2) >out 2>err || got=$?
  case $got in
    0) ;;
    10) grep -q '^strata: error\[E_MEMORY' err && [ "$(wc -l <err)" = 1 ] || fail "ulimit -v $1" "$(head -c 300 err)" ;;
    6 | 127) grep -q 'annot allocate memory\|failed to map\|E_PLUGIN' err || fail "ulimit -v $1" "exit $got: $(head -c 300 err)" ;; # libraries that find no room
    *) fail "ulimit -v $1" "exit $got: $(head -c 300 err)" ;;
  esac
}
for kib in 60000 80000 85000 88000 90000 92000 95000 100000 110000 120000 130000 140000 150000 175000 200000 250000 300000; do within "$kib"; done

# A thousand threads of 8 MiB of stack each have no room in 2 GiB.
cases=$((cases + 1))
got=0
(ulimit -v 2000000 && exec "$strata" train "$(recipes_under "$sources")/seq2seq/dates.json" --output many --quiet --threads 1000) 2>err || got=$?
[ "$got" = 10 ] && grep -q '^strata: error\[E_MEMORY_THREADS\] thread [0-9]* of 1000: cannot be started' err ||
  fail "1000 threads" "exit $got: $(head -c 300 err)"
finish
