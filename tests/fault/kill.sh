#!/usr/bin/env bash
# A run that is killed (-9) at random moments and started again ends with the bytes of one that was left alone; SIGINT and
# SIGTERM end a run with its checkpoint saved and exit status 75.
# usage: kill.sh STRATA_BINARY [KILLS] [SEED]
set -u
strata=$1 kills=${2:-10} seed=${3:-$$}
RANDOM=$seed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases=0 failed=0

check() { # check TEXT COMMAND...
  local text=$1
  shift
  cases=$((cases + 1))
  "$@" || { echo "FAILED $text (seed $seed)"; failed=$((failed + 1)); }
}

cat >"$work/recipe.json" <<'RECIPE'
{ "seed": 3, "data": { "type": "samples", "name": "numbers", "train": 300, "valid": 40, "test": 10 },
  "tokenizer": "word",
  "model": { "type": "seq2seq", "embedding": 16, "dropout": 0.2, "encoder": { "hidden": 16 },
             "decoder": { "hidden": 16, "attention": "additive" } },
  "train": { "type": "supervised", "optimizer": "adam", "schedule": "linear", "max_updates": 600,
             "batch": { "tokens": 256 }, "checkpoint_every": 60, "validate_every": 200, "report_every": 1 } }
RECIPE
train() { "$strata" train "$work/recipe.json" --output "$work/$1" >"$work/$1.out" 2>"$work/$1.err"; }

export OMP_WAIT_POLICY=passive # tiny products: threads that spin between them cost more than the work
start=$(date +%s%N)
train whole || { cat "$work/whole.err"; exit 1; }
took=$((($(date +%s%N) - start) / 1000000))

for ((i = 1; i <= kills; ++i)); do
  milliseconds=$((RANDOM % (took + 1)))
  (exec "$strata" train "$work/recipe.json" --output "$work/killed" >/dev/null 2>&1) &
  pid=$!
  sleep "$((milliseconds / 1000)).$(printf %03d $((milliseconds % 1000)))"
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
done
check "the killed run ends" train killed
for file in model.safetensors optimizer.safetensors; do
  check "$file of the killed run is that of the whole one" cmp "$work/whole/checkpoint-600/$file" "$work/killed/checkpoint-600/$file"
done
check "nothing half written stays" test -z "$(find "$work/killed" -name '*.tmp-*')"

for signal in INT TERM; do
  # A background job of a script ignores SIGINT.
  env --default-signal=INT "$strata" train "$work/recipe.json" --output "$work/$signal" >/dev/null 2>"$work/$signal.err" &
  pid=$!
  until grep -q 'update 3 ' "$work/$signal.err" 2>/dev/null || ! kill -0 $pid 2>/dev/null; do sleep 0.02; done
  kill -$signal $pid
  wait $pid
  status=$?
  check "SIG$signal ends with 75, not $status: $(tail -n 1 "$work/$signal.err")" test $status = 75
  check "SIG$signal says what is saved" grep -q 'E_STOPPED.*checkpoint-.* is saved' "$work/$signal.err"
  check "the run goes on" train $signal
  check "and ends as the whole one" cmp "$work/whole/checkpoint-600/model.safetensors" "$work/$signal/checkpoint-600/model.safetensors"
done

echo "  $((cases - failed)) test cases out of $cases passed (seed $seed, whole run $took ms)"
[ "$failed" = 0 ]
