#!/usr/bin/env bash
# Injected faults: kill -9 at random moments and inside a checkpoint, SIGINT and SIGTERM, a full disk. After each, the same
# command again must end with the bytes of a run that nothing happened to.
# usage: fault.sh STRATA_BINARY; STRATA_FAULT_MOMENTS (3) kills, STRATA_FAULT_SEED repeats them
set -u
strata=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
moments=${STRATA_FAULT_MOMENTS:-3}
seed=${STRATA_FAULT_SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$seed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$here/../cases.sh"
echo "seed $seed, $moments moments"

# Dropout, momentum, validation between checkpoints, pruning: all that a run could forget.
cat >"$work/tiny.json" <<'JSON'
{ "data": { "type": "samples", "name": "dates", "train": 200, "valid": 20, "test": 20 },
  "tokenizer": { "type": "word", "split": "symbols" },
  "model": { "type": "seq2seq", "embedding": 8, "dropout": 0.1, "encoder": { "hidden": 8, "bidirectional": true },
             "decoder": { "hidden": 8, "attention": "additive" } },
  "feed": { "type": "pairs", "batch": { "tokens": 400 } },
  "train": { "type": "supervised", "max_updates": 120, "checkpoint_every": 2, "validate_every": 25, "keep_checkpoints": 2,
             "report_every": 1, "schedule": "linear" } }
JSON

# train RUN [OPTIONS...]
train() {
  local run=$1
  shift
  "$strata" train "$work/tiny.json" --output "$run" --quiet "$@" >"$work/out" 2>"$work/err" </dev/null
}

# same RUN WHAT: its last and best checkpoint are those of the uninterrupted run, and nothing half-written lies about.
same() {
  local run=$1 what=$2 file
  cases=$((cases + 1))
  for file in latest/model.safetensors latest/optimizer.safetensors best/model.safetensors; do
    cmp -s "$whole/$file" "$run/$file" || { fail "$what" "$file differs from the uninterrupted run's"; return; }
  done
  for link in latest best; do
    [ "$(readlink "$run/$link")" = "$(readlink "$whole/$link")" ] || fail "$what" "$link points to $(readlink "$run/$link")"
  done
  [ -z "$(find "$run" -name '*.tmp*')" ] || fail "$what" "left over: $(find "$run" -name '*.tmp*')"
}

# same_curve RUN WHAT: one learning curve shows the whole run, and each update once.
same_curve() {
  cases=$((cases + 1))
  cmp -s "$whole/learning_curve.svg" "$1/learning_curve.svg" && [ "$(find "$1" -name '*.svg' | wc -l)" = 1 ] ||
    fail "$2" "the learning curve is not that of the uninterrupted run"
}

# go_on RUN WHAT [OPTIONS...]: the same command again, to the end.
go_on() {
  local run=$1 what=$2 got=0
  shift 2
  train "$run" "$@" || got=$?
  [ "$got" = 0 ] || { cases=$((cases + 1)) && fail "$what" "going on: exit $got: $(cat "$work/err")"; return; }
  same "$run" "$what"
}

whole=$work/whole
started=$(date +%s%N)
train "$whole" || { echo "the uninterrupted run failed: $(cat "$work/err")" && exit 1; }
whole_ms=$((($(date +%s%N) - started) / 1000000))
echo "the uninterrupted run took $whole_ms ms"

for part in kill signals full_disk; do
  . "$here/$part.sh"
done
finish
