#!/usr/bin/env bash
# What the environment says of OpenMP, and how many threads there are, changes no byte of an answer or of a checkpoint.
. "$(dirname "$0")/env.sh"
recipes=$(recipes_under "$sources")
"$strata" train "$recipes/examples/bag_of_words.json" --output labels --quiet --set train.max_updates=40 --set data.train=1000 ||
  fail "train" "the classifier"
yes 'le 3 mars 2021' | head -n 200 >in

# answers NAME [COMMAND...]: everything that one setting gives, through COMMAND, must be what `first` gave.
answers() {
  local name=$1 got=0
  shift
  cases=$((cases + 1))
  {
    "$@" "$strata" translate run in --quiet >"out.$name" 2>err &&
      "$@" "$strata" classify labels in --quiet >>"out.$name" 2>>err &&
      "$@" "$strata" train tiny.json --output "run.$name" --quiet 2>>err
  } || got=$?
  [ "$got" = 0 ] || { fail "$name" "exit $got: $(head -c 300 err)"; return; }
  cmp -s out.first "out.$name" || fail "$name" "answers differ in $(diff out.first "out.$name" | grep -c '^<') lines"
  cmp -s run.first/latest/model.safetensors "run.$name/latest/model.safetensors" || fail "$name" "trained weights differ"
}

answers first env
for setting in OMP_NUM_THREADS=1 OMP_NUM_THREADS=7 OMP_NUM_THREADS=100000 OMP_THREAD_LIMIT=1 OMP_DYNAMIC=true \
  OMP_MAX_ACTIVE_LEVELS=0 OMP_STACKSIZE=100G OMP_PROC_BIND=true KMP_AFFINITY=compact GOMP_CPU_AFFINITY=0; do
  answers "$setting" env "$setting"
done
for threads in 1 2 7; do
  answers "threads-$threads" env STRATA_THREADS="$threads"
done
cases=$((cases + 1))
"$strata" translate run in --quiet --threads 7 >out.option && head -n 200 out.first | cmp -s - out.option ||
  fail "--threads 7" "the lines differ"

# Half a core: the control groups of either version.
box=''
if mkdir "/sys/fs/cgroup/cpu/strata-test-$$" 2>/dev/null; then
  box=/sys/fs/cgroup/cpu/strata-test-$$
  echo 50000 2>/dev/null >"$box/cpu.cfs_quota_us" || { rmdir "$box" && box=''; }
elif [ -f /sys/fs/cgroup/cgroup.controllers ] && mkdir "/sys/fs/cgroup/strata-test-$$" 2>/dev/null; then
  box=/sys/fs/cgroup/strata-test-$$
  echo '50000 100000' 2>/dev/null >"$box/cpu.max" || { rmdir "$box" && box=''; }
fi
if [ -n "$box" ]; then
  answers half-a-core bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$box"
  check "half a core is one thread" bash -c 'echo $$ >"$0/cgroup.procs" && "$1" devices | grep -q "^cpu .* 1 threads"' "$box" "$strata"
  rmdir "$box"
else
  skip "control groups with a quota cannot be made here"
fi

finish
