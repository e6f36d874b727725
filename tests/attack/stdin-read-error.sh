#!/usr/bin/env bash
# A read error of standard input is never its end: exit 8, after the lines that had come were answered.
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$attack/faulty_io.bash"

# Pieces of 40 bytes, so that no line ends where a piece does.
for verb in translate classify tokenize decode score; do
  for error in $eio $enospc; do
    [ $verb = decode ] && continue # as tokenize
    for number in $(seq 20); do
      cases=$((cases + 1))
      faulty "read $number $error 40" $verb
      lines=$(head -c $((40 * (number - 1))) "$(input_of $verb)" | wc -l)
      [ $verb != score ] || lines=0
      [ "$got" = 8 ] || fail "$verb, read $number fails with $error" "exit $got, $(wc -l <out) lines"
      [ "$(wc -l <out)" = "$lines" ] && begins_whole $verb || fail "$verb, read $number fails with $error" "$(wc -l <out) lines, expected $lines"
      [ "$(wc -l <err)" = 1 ] && grep -q 'error\[E_IO_READ\] standard input: ' err || fail "$verb, read $number fails with $error" "$(cat err)"
    done
  done
  # Pieces and interruptions lose nothing.
  cases=$((cases + 1))
  faulty "read 0 0 7" $verb
  [ "$got" = 0 ] && cmp -s out $verb.whole || fail "$verb, 7 bytes at a time" "exit $got, $(wc -l <out) lines: $(cat err)"
done

# A folder, a descriptor that is closed, and one that cannot be read.
for verb in translate classify tokenize decode score; do
  cases=$((cases + 3))
  got=0 && verb_$verb </tmp >out 2>err || got=$?
  [ "$got" = 8 ] && grep -q 'E_IO_READ\] standard input: .*Is a directory' err || fail "$verb </tmp" "exit $got: $(cat err)"
  got=0 && verb_$verb <&- >out 2>err || got=$?
  [ "$got" = 8 ] && grep -q 'E_IO_READ\] standard input: .*Bad file descriptor' err || fail "$verb <&-" "exit $got: $(cat err)"
  got=0 && verb_$verb 0>written >out 2>err || got=$?
  [ "$got" = 8 ] && grep -q 'E_IO_READ\] standard input: ' err || fail "$verb 0>written" "exit $got: $(cat err)"
done

# The same by name; the kernel answers a read of this file with EIO.
for verb in "translate run" "classify bag" "tokenize run" "score in"; do
  cases=$((cases + 1))
  got=0 && "$strata" $verb /proc/self/mem >out 2>err || got=$?
  [ "$got" = 8 ] && grep -q 'E_IO_READ\] /proc/self/mem: ' err || fail "$verb /proc/self/mem" "exit $got: $(cat err)"
done

# Standard input can be one input only: what one reader takes in advance is lost for the other.
cases=$((cases + 1))
got=0 && "$strata" translate run --prefix - <in >out 2>err || got=$?
[ "$got" = 2 ] && grep -q 'E_USAGE_INPUT\] standard input: is read already' err || fail "translate - --prefix -" "exit $got: $(cat err)"
finish
