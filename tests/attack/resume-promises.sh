#!/usr/bin/env bash
# Going on: data that changed are said, the newest whole checkpoint is used, and a log without room ends no training.
# usage: resume-promises.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

for i in $(seq 1 300); do printf 'one %d two\teins %d zwei\n' "$i" "$i"; done >train.tsv
head -n 20 train.tsv >valid.tsv
sed 's|"data": {[^}]*}|"data": { "type": "tsv", "train": "train.tsv", "valid": "valid.tsv" }|' tiny.json >tsv.json
succeeds train tsv.json --output data --quiet
for file in train.tsv valid.tsv; do
  sed -i.whole 's/zwei/drei/' $file
  guard=data refuses_at 4 E_DATA_CHANGED "split ${file%.tsv}" 'give another --output' train tsv.json --output data --quiet --set train.max_updates=16
  mv $file.whole $file
done
succeeds train tsv.json --output data --quiet --set train.max_updates=16

cp -a run whole
succeeds train tiny.json --output whole --quiet --set train.max_updates=16
printf 'x' | dd of=run/checkpoint-12/model.safetensors bs=1 seek=5000 conv=notrunc status=none
cases=$((cases + 1)) got=0
"$strata" train tiny.json --output run --set train.max_updates=16 >out 2>err </dev/null || got=$?
[ "$got" = 0 ] && grep -q 'warning: run/checkpoint-12 is damaged (model.safetensors: was altered' err && grep -q 'resumed at update 8' err ||
  fail 'newest damaged' "exit $got: $(cat err)"
check 'the damaged one is kept' [ -f run/checkpoint-12.set-aside/model.safetensors ]
check 'the run ends with the same bytes' cmp run/latest/model.safetensors whole/latest/model.safetensors

# log_is_full WHERE NAME OPTIONS...: one warning that names it, and the training is made.
log_is_full() {
  local where=$1 run=$2 got=0
  shift 2
  cases=$((cases + 1))
  "$strata" train tiny.json --output "$run" --set train.report_every=1 --set train.max_updates=40 "$@" >out 2>err </dev/null || got=$?
  [ "$got" = 0 ] && [ "$(readlink "$run/latest")" = checkpoint-40 ] && [ "$(grep -c 'warning: ' err)" = 1 ] &&
    grep -q "warning: $where.* cannot be written: No space left on device; the training goes on" err || fail "$where is full" "exit $got: $(cat err)"
}
log_is_full /dev/full full --log-jsonl /dev/full
mkdir log
if mount -t tmpfs -o size=4k tmpfs log 2>err; then
  trap 'umount "$work/log"; cd /; rm -rf "$work"' EXIT
  log_is_full log/l.jsonl lines --log-jsonl log/l.jsonl
  check 'its lines are whole' [ "$(grep -c '^{.*}$' log/l.jsonl)" = "$(wc -l <log/l.jsonl)" ]
  rm log/*
  log_is_full log/events events --tensorboard log
else
  skip "full disk of a log: no tmpfs can be mounted here ($(head -c 100 err))"
fi
finish
