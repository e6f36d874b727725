#!/usr/bin/env bash
# A failed write of standard output is never forgotten: exit 8, and what is there is the beginning of the answer.
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$attack/faulty_io.bash"

# Pieces of 9 bytes: every verb makes twenty writes or more, some of them in the middle of a line.
for verb in translate classify tokenize decode score; do
  for error in $eio $enospc; do
    [ $verb = decode ] && continue # as tokenize
    for number in $(seq 20); do
      cases=$((cases + 1))
      faulty "write $number $error 9" $verb
      [ "$got" = 8 ] || { [ "$got" = 0 ] && [ $verb = score ] && [ "$number" -gt 5 ] && cmp -s out $verb.whole; } ||
        fail "$verb, write $number fails with $error" "exit $got, $(wc -l <out) lines"
      begins_whole $verb || fail "$verb, write $number fails with $error" "a hole: $(head -c 300 out)"
      [ "$got" = 0 ] || { [ "$(wc -l <err)" = 1 ] && grep -q 'error\[E_IO_WRITE\] standard output: ' err; } ||
        fail "$verb, write $number fails with $error" "$(cat err)"
    done
  done
  # Short writes and interruptions lose nothing.
  cases=$((cases + 1))
  faulty "write 0 0 7" $verb
  [ "$got" = 0 ] && cmp -s out $verb.whole || fail "$verb, 7 bytes at a time" "exit $got, $(wc -l <out) lines: $(cat err)"
  # A reader that goes away is no error.
  cases=$((cases + 1))
  faulty "write 1 32 0" $verb
  [ "$got" = 0 ] && [ ! -s err ] || fail "$verb, its reader has gone" "exit $got: $(cat err)"
done

# Whoever writes one line and waits for its answer has it before the next.
for verb in "translate run --chunk 1 --quiet" "classify bag --chunk 1 --quiet" "tokenize run"; do
  cases=$((cases + 1))
  mkfifo questions answers
  "$strata" $verb <questions >answers &
  exec 7>questions 8<answers
  for number in 1 2; do
    echo 'le 3 mars 2021' >&7
    read -t 30 -r answer <&8 || fail "$verb" "no answer to line $number before the next one"
  done
  exec 7>&- 8<&-
  wait
  rm questions answers
done

# What only prints: help, lists, a recipe.
cat >printers <<'P'
--help
translate --help
plugins
plugins --json
plugins show attention/additive
devices
version
train tiny.json --dump-config
score in in
eval run --quiet
P
while read -r words; do
  cases=$((cases + 1))
  got=0 && "$strata" $words >/dev/full 2>err </dev/null || got=$?
  [ "$got" = 8 ] && grep -q 'error\[E_IO_WRITE\] standard output: ' err || fail "$words >/dev/full" "exit $got: $(cat err)"
  cases=$((cases + 1))
  got=0 && "$strata" $words >&- 2>err </dev/null || got=$?
  [ "$got" = 8 ] && grep -q 'error\[E_IO_WRITE\] standard output: ' err || fail "$words >&-" "exit $got: $(cat err)"
done <printers

# Files that a user asks for.
cases=$((cases + 3))
for name in full.jsonl full.txt full.html; do
  ln -s /dev/full $name
  got=0 && verb_translate --alignment $name <in >out 2>err || got=$?
  [ "$got" = 8 ] && grep -q "error\[E_IO_WRITE\] $name: " err || fail "--alignment $name" "exit $got: $(cat err)"
done

# Standard descriptors that are closed: no file of the run takes their number, so nothing is written into one.
cases=$((cases + 1))
"$strata" train tiny.json --output closed --log-jsonl closed.jsonl <&- >&- 2>&- || fail "train with nothing open" "exit $?"
cmp -s closed/latest/model.safetensors run/latest/model.safetensors || fail "train with nothing open" "other weights"
grep -qv '^{' closed.jsonl && fail "train with nothing open" "the log has $(grep -v '^{' closed.jsonl | head -n 1)"
finish
