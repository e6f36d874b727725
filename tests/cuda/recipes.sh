#!/usr/bin/env bash
# Two recipes on a GPU: each has to reach its BLEU within three minutes, training and evaluation together.
# usage: recipes.sh BUILD_OR_BUNDLE     STRATA_DATA names the folder that holds multi30k
set -u
export LC_ALL=C
build=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME=$work/cache
strata=$build/bin/strata
. "$here/../cases.sh"
recipes=$(recipes_under "$here/../..")

# reaches RECIPE BLEU: after 75 seconds of training
reaches() {
  local name=${1##*/} start=$SECONDS score
  cases=$((cases + 1))
  "$strata" train "$recipes/$1.json" --set device=cuda --set train.max_minutes=1.25 --output "$work/$name" --quiet 2>"$work/err" </dev/null ||
    { fail "train $name" "$(tail -n 3 "$work/err")"; return; }
  score=$("$strata" eval "$work/$name" --split test_2016_flickr --json 2>"$work/err" </dev/null |
    sed -n 's/^{"metric":"bleu","score":\([-0-9.e+]*\).*/\1/p')
  echo "  $name: BLEU $score on test_2016_flickr ($2 wanted) after $((SECONDS - start)) s (180 at most)"
  awk -v got="${score:-0}" -v want="$2" 'BEGIN { exit !(got >= want) }' && [ $((SECONDS - start)) -le 180 ] ||
    fail "$name" "BLEU $score, $((SECONDS - start)) s; $(tail -n 3 "$work/err")"
}
reaches transformer/multi30k-tiny 40
reaches seq2seq/multi30k-attention 37

echo "  $((cases - failed)) test cases out of $cases passed"
[ "$failed" = 0 ]
