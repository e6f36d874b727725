#!/usr/bin/env bash
# What a plugin does in heads(): throws, ends the process, crashes, hangs. train and translate end with 6 and a line that
# names plugin and function; `plugins test` fails each of them by name. usage: plugin-at-run-time.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
evil=$(dirname "$strata")/../tests/host/plugins/evil/evil.so
if [ ! -e "$evil" ]; then
  skip "the tests' plugins stand in a build tree, and $strata is of none"
  finish
  exit
fi
export XDG_CACHE_HOME=$work/cache STRATA_THREADS=2
cp "$evil" evil.so
use=(--set model.decoder.attention.type=evil --plugin ./evil.so)
succeeds train tiny.json "${use[@]}" --output trained --quiet
echo 'le 3 mars 2021' >line

deeds=(throw throw-standard)
if grep -q '__[at]san_init' "$strata"; then
  skip 'the sanitizers take signals and ends of the process for themselves, so those deeds are left out'
else
  deeds+=(exit _exit quick_exit segv segv-worker abort)
fi
said() { # DEED: what the last line says of it
  case $1 in
    throw) echo 'error[E_PLUGIN_CALL] ./evil.so: heads() of plugin evil 0.1.0 threw something of type int' ;;
    throw-standard) echo 'error[E_PLUGIN_CALL] ./evil.so: heads() of plugin evil 0.1.0 threw an exception: not today' ;;
    *[eE]xit) echo 'error[E_PLUGIN_EXIT] ./evil.so: heads() of plugin evil 0.1.0 ended the program, with exit code 0' ;;
    abort) echo 'error[E_PLUGIN_CRASH] ./evil.so: signal 6 (abort) while heads() of plugin evil 0.1.0 ran' ;;
    *) echo 'error[E_PLUGIN_CRASH] ./evil.so: signal 11 (segmentation fault) while heads() of plugin evil 0.1.0 ran' ;;
  esac
}
for deed in "${deeds[@]}"; do
  text=$(said "$deed")
  EVIL=$deed refuses 6 "$text" train tiny.json "${use[@]}" --output "r-$deed" --quiet
  check "$deed: nothing that looks trained" test ! -e "r-$deed/latest"
  EVIL=$deed refuses 6 "$text" translate trained line --plugin ./evil.so
done

# tests DEED TEXT ARGUMENTS...: exit 6, no check that calls heads() passes, and TEXT is the reason of one.
tests() {
  local deed=$1 text=$2 got=0
  shift 2
  cases=$((cases + 1))
  EVIL=$deed timeout 120 "$strata" plugins test ./evil.so --skip-training "$@" >out 2>err </dev/null || got=$?
  [ "$got" = 6 ] || fail "plugins test, $deed" "exit $got: $(head -c 300 err) $(tail -n 3 out)"
  grep -q "^  gradients *FAILED *.*$text" out || fail "plugins test, $deed" "expected '$text': $(head -n 3 out)"
  ! grep -qE '^  (gradients|padding|batch|lengths|state|determinism) *passed' out ||
    fail "plugins test, $deed" "passed: $(grep passed out)"
}
tests throw 'threw something of type int'
if [ ${#deeds[@]} -gt 2 ]; then
  tests exit 'it ended the process with exit code 0'
  tests _exit 'it ended the process with exit code 0'
  tests segv 'it crashed: signal 11'
fi
tests babble 'it wrote to the descriptor on which results are told'
tests hang 'it did not end within 1 s (--limit)' --limit 1
check 'a hang leaves out the rest' grep -q '^  the rest *skipped' out

# Somebody waits for a training that hangs: the second Ctrl-C ends it.
set -m # or what runs in the background would ignore SIGINT
EVIL=hang "$strata" train tiny.json "${use[@]}" --output hangs --quiet >out 2>err </dev/null &
hanging=$!
for _ in $(seq 300); do
  [ -e hangs/.lock ] && break
  sleep 0.1
done
cases=$((cases + 1))
got=0
for _ in $(seq 100); do
  kill -INT "$hanging" 2>/dev/null || break
  sleep 0.2
done
wait "$hanging" || got=$?
[ "$got" = 130 ] || fail 'a training that hangs' "exit $got after Ctrl-C: $(cat err)"
finish
