#!/usr/bin/env bash
# What two words that every output must have cost: 200 sentences of Multi30k translated freely, then with two words of
# the vocabulary's frequent ones that the free output lacks, and with the two longest words of the reference.
# usage: constraints.sh RUN [STRATA]      (RUN: a run of multi30k-tiny.json; STRATA_DATA as for the recipe)
set -euo pipefail
run=${1:?usage: constraints.sh RUN [STRATA]} strata=${2:-strata}
text=${STRATA_DATA:?}/multi30k/tok
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
head -n 200 "$text/test_2016_flickr.en" >"$work/source"
head -n 200 "$text/test_2016_flickr.de" >"$work/reference"
search=(--beam-size 10 --coverage-penalty 0.05 --quiet)

# met PHRASES OUTPUT: how many lines hold all of their phrases as words.
met() {
  paste -d '\n' "$1" "$2" | awk 'NR % 2 { count = split($0, words, "\t"); next }
    { all = 1; for (i = 1; i <= count; ++i) if (index(" " $0 " ", " " words[i] " ") == 0) all = 0; lines += all } END { print lines + 0 }'
}
bleu() { "$strata" score "$1" "$work/reference" --tokenize none | awk '/^BLEU/ { print $3 }'; }

"$strata" translate "$run" "$work/source" "${search[@]}" >"$work/free"
awk '{ count = split($0, words, " "); first = second = ""
  for (i = 1; i <= count; ++i) {
    if (length(words[i]) > length(first)) { second = first; first = words[i] }
    else if (words[i] != first && length(words[i]) > length(second)) second = words[i]
  }
  print first "\t" second }' "$work/reference" >"$work/wanted"
# Frequent long words of the training text in turn, as far as the free output does not have them.
tr ' ' '\n' <"$text/train.de" | awk 'length($0) > 5' | sort | uniq -c | sort -k1,1nr -k2,2 | awk 'NR <= 400 { print $2 }' >"$work/frequent"
awk 'BEGIN { at = 0 } NR == FNR { word[n++] = $0; next }
  { chosen = ""; for (found = 0; found < 2; at = (at + 1) % n)
      if (index(" " $0 " ", " " word[at] " ") == 0) { chosen = chosen (found++ ? "\t" : "") word[at] }
    print chosen }' "$work/frequent" "$work/free" >"$work/foreign"
free=$(bleu "$work/free")
echo "free: BLEU $free"
for kind in wanted foreign; do
  "$strata" translate "$run" "$work/source" "${search[@]}" --constraints "$work/$kind" >"$work/out"
  now=$(bleu "$work/out")
  echo "two $kind words: met in $(met "$work/$kind" "$work/out") of 200, before in $(met "$work/$kind" "$work/free"); BLEU $now, $(awk -v a="$free" -v b="$now" 'BEGIN { printf "%.2f lost", a - b }')"
done
