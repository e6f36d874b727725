#!/usr/bin/env bash
# A checkpoint that cannot be opened is not called damaged, whichever of its files it is, and nobody is told to remove it.
# usage: hint-removes-good.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

short=0 # runs that lacked a descriptor for a file of the run
for limit in $(seq 3 48); do
  got=0
  (ulimit -n "$limit" && exec "$strata" translate run --quiet) </dev/null >out 2>err || got=$?
  cases=$((cases + 1))
  if grep -qE 'DAMAGED|remove|intact' err; then fail "$limit descriptors" "$(cat err)"; fi
  if grep -q 'Too many open files' err && grep -q 'run/checkpoint-12/' err; then
    short=$((short + 1))
    [ "$got" = 8 ] && [ "$(wc -l <err)" = 1 ] && grep -q '^strata: error\[E_IO_READ\] ' err || fail "$limit descriptors" "exit $got: $(cat err)"
  fi
  [ "$got" != 0 ] || break
done
echo "$short limits were reached at a file of the checkpoint; $limit descriptors suffice"
# A sanitizer's runtime opens files of its own before, so that no limit may be met just there.
sanitized || check 'some limit was reached there' [ "$short" -gt 0 ]
succeeds translate run --quiet # nothing was wrong with it

# A damaged one is: the hint names another, and nobody is told to remove anything.
echo '{}' >run/checkpoint-12/model.safetensors
refuses_at 5 E_CHECKPOINT_DAMAGED run/checkpoint-12/model.safetensors 'run/checkpoint-8 is intact: name that one' translate run --checkpoint latest --quiet
succeeds translate run --checkpoint checkpoint-8 --quiet
finish
