#!/usr/bin/env bash
# The same recipe on the CPU and on the device "cuda" (its kernels run on the host, fake/driver.cpp stands in for the
# driver): the same losses, and each goes on from the other's checkpoint.
# usage: parity.sh BUILD_FOLDER [gpu]     gpu: on a real one, with the program of the tree or of a bundle
set -u
export LC_ALL=C
build=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
strata=$build/bin/strata
if [ "${2-}" != gpu ]; then # the program with every plugin, but that variant of the backend
  export LD_LIBRARY_PATH=$build/tests/cuda/driver
  mkdir -p "$work/bin" "$work/lib/strata"
  cp "$build/bin/strata" "$work/bin/"
  cp -P "$build"/lib/libstrata*.so* "$work/lib/"
  cp -r "$build/lib/strata/tools" "$build/lib/strata/plugins" "$work/lib/strata/"
  rm -f "$work/lib/strata/plugins"/cuda.*
  cp "$build"/tests/cuda/plugins/cuda_on_host.* "$work/lib/strata/plugins/"
  strata=$work/bin/strata
fi
. "$here/../cases.sh"
recipes=$(recipes_under "$here/../..")

small=(--set feed.batch.tokens=120 --set train.report_every=1 --set data.train=400 --set data.valid=4
  --set train.checkpoint_every=20 --quiet)
# losses RECIPE NAME UPDATES ARGUMENTS...: trains in $work/NAME up to UPDATES; $work/NAME.losses has a line for each.
losses() {
  local recipe=$recipes/$1 name=$2 updates=$3
  shift 3
  "$strata" train "$recipe" "${small[@]}" --set train.max_updates="$updates" --output "$work/$name" \
    --log-jsonl "$work/$name.jsonl" "$@" 2>"$work/err" </dev/null || { fail "train $name" "$(cat "$work/err")"; return; }
  sed -n 's/^{"event":"update",.*"update":\([0-9]*\),.*"loss":\([-0-9.e+]*\),.*/\1 \2/p' "$work/$name.jsonl" |
    sort -u -k 1b,1 >"$work/$name.losses"
}

# same A B COUNT [ALLOWED]: both have that many losses, each within 1e-4 (relative) of the other's.
same() {
  cases=$((cases + 1))
  join "$work/$1.losses" "$work/$2.losses" | awk -v want="$3" -v what="$1 and $2" -v allowed="${4-1e-4}" '
    { gap = ($2 - $3) / $2; if (gap < 0) gap = -gap; if (gap > worst) worst = gap; count++ }
    END { printf "  %s: %d losses, largest relative difference %.1e\n", what, count, worst; exit !(count == want && worst <= allowed) }' ||
    fail "$1 and $2" "the losses differ: $(join "$work/$1.losses" "$work/$2.losses" | tail -n 3)"
}

for recipe in seq2seq/dates transformer/numbers; do
  name=${recipe#*/}
  losses "$recipe.json" "$name-cpu" 50
  losses "$recipe.json" "$name-cuda" 50 --set device=cuda
  same "$name-cpu" "$name-cuda" 50
done

# In 16 bits the losses stay near those of f32 (8 and 11 bits of a product's operands); f16 with its loss scaled.
for precision in bf16 f16; do
  losses transformer/numbers.json "numbers-$precision" 30 --set device=cuda --set "precision=$precision"
  same numbers-cuda "numbers-$precision" 30 3e-3
done

# Nothing but copies and kernels touches the card's memory: a few updates, as closing it at each launch is slow.
[ "${2-}" = gpu ] || for recipe in seq2seq/dates transformer/numbers; do
  name=${recipe#*/}
  FAKE_CUDA_CLOSED=1 losses "$recipe.json" "$name-closed" 2 --set device=cuda
  cases=$((cases + 1))
done

# Without cuBLASLt the general kernels compute the products, with the same losses, and one line says so.
[ "${2-}" = gpu ] || {
  mkdir "$work/none"
  losses seq2seq/dates.json general-cpu 3
  STRATA_CUDA_LIBRARIES=$work/none losses seq2seq/dates.json general-cuda 3 --set device=cuda
  same general-cpu general-cuda 3
  said=$(STRATA_CUDA_LIBRARIES=$work/none "$strata" train "$recipes/seq2seq/dates.json" "${small[@]:0:${#small[@]}-1}" \
    --set train.max_updates=1 --set device=cuda --output "$work/said" 2>&1 </dev/null | grep -c 'is not found: products run on general kernels')
  [ "$said" = 1 ] || fail 'general kernels' "said $said times"
}

# A run whose last checkpoint is that of update 20 on the one goes on, with the same losses, on the other.
# back_to_20 FROM TO
back_to_20() {
  cp -r "$work/$1" "$work/$2" && rm -rf "$work/$2"/checkpoint-[345]* && ln -sfn checkpoint-20 "$work/$2/latest"
}
back_to_20 dates-cuda there && losses seq2seq/dates.json there 50
same dates-cpu there 30
back_to_20 dates-cpu back && losses seq2seq/dates.json back 50 --set device=cuda
same dates-cpu back 30

# What a step queues one by one, and what is replayed as a whole, is the same; a steady update waits once, for the loss,
# and asks the driver for no memory.
if [ "${2-}" != gpu ]; then
  # counted NAME UPDATES ARGUMENTS...: sets the counts of fake/driver.cpp
  counted() {
    local name=$1 updates=$2
    shift 2
    FAKE_CUDA_COUNTS=$work/$name.counts losses transformer/numbers.json "$name" "$updates" --set device=cuda \
      --set feed.batch.sentences=4 --set train.checkpoint_every=1000 --set data.train=64 --set train.validate_every=1000 \
      --set 'train.metrics=["loss"]' "$@"
    allocations=0 waits=0 captures=0 launches=0
    [ ! -e "$work/$name.counts" ] || read -r _ allocations _ waits _ captures _ launches <"$work/$name.counts"
  }
  counted single 80 --set train.replay=false
  [ "$launches" = 0 ] || fail 'train.replay false' "$launches replays"
  counted replayed 80
  cases=$((cases + 3))
  [ "$launches" -ge 20 ] || fail 'train.replay' "$launches replays of $captures recordings in 80 updates"
  cmp -s "$work/single.losses" "$work/replayed.losses" ||
    fail 'train.replay' "other losses: $(diff "$work/single.losses" "$work/replayed.losses" | head -n 4)"
  first_allocations=$allocations first_waits=$waits
  counted longer 100
  echo "  replayed: $launches of 100 updates; the last 20 asked for $((allocations - first_allocations)) blocks and waited $((waits - first_waits)) times"
  [ $((waits - first_waits)) = 20 ] || fail 'waits' "$((waits - first_waits)) in 20 updates"

  # Where recordings and single steps do not both have room, recordings are given up, and no loss is another.
  counted wide 40 --set precision=bf16
  cases=$((cases + 1))
  before=$launches
  export FAKE_CUDA_MEMORY=$(((16384 + 9600) << 10)) # 16 MiB are for copies from the host
  counted tight 40 --set precision=bf16
  unset FAKE_CUDA_MEMORY
  [ "$launches" -lt "$before" ] && cmp -s "$work/wide.losses" "$work/tight.losses" ||
    fail 'little memory' "$launches replays, with room $before; $(diff "$work/wide.losses" "$work/tight.losses" | head -n 4)"

  # The card is lost in mid-run: one line, exit 7, no loss of a failed kernel, and the same command goes on.
  cases=$((cases + 3))
  FAKE_CUDA_BREAK_AT=330 "$strata" train "$recipes/seq2seq/dates.json" "${small[@]}" --set train.max_updates=50 \
    --output "$work/lost" --log-jsonl "$work/lost.jsonl" --set device=cuda 2>"$work/err" </dev/null
  code=$?
  [ $code = 7 ] && [ "$(grep -c . "$work/err")" = 1 ] && grep -q 'error\[E_DEVICE_LOST\] cuda:0' "$work/err" ||
    fail 'a lost card' "exit $code: $(cat "$work/err")"
  sed -n 's/^{"event":"update",.*"update":\([0-9]*\),.*"loss":\([-0-9.e+]*\),.*/\1 \2/p' "$work/lost.jsonl" |
    sort -u -k 1b,1 >"$work/lost.losses"
  same dates-cpu lost "$(wc -l <"$work/lost.losses")"
  losses seq2seq/dates.json lost 50 --set device=cuda
  same dates-cpu lost 50
fi

echo "  $((cases - failed)) test cases out of $cases passed"
[ "$failed" = 0 ]
