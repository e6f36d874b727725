#!/usr/bin/env bash
# The README's first command: sets up, builds, trains a small translator with attention on samples of our own making
# (dates as people write them, in English and French, to ISO 8601) and shows what it learnt. About a minute of training.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash cmake/install-dependencies.sh
# A GPU's code is built where there is one to run it; elsewhere it is enough that it can be built.
card=()
if ! [ -e /dev/nvidiactl ]; then card=(-DSTRATA_CUDA_ARCHITECTURES=90-virtual); fi
cmake --preset release "${card[@]}" >/dev/null
cmake --build --preset release --target strata_programs

strata=build/release/bin/strata
run=runs/demo
rm -rf "$run"

echo
echo "== Training: apps/recipes/seq2seq/dates.json"
"$strata" train apps/recipes/seq2seq/dates.json --output "$run"

echo
echo "== On 1,000 lines that are not in the training data (overlap: how many are)"
"$strata" eval "$run" --split test --metric exact_match --metric bleu --overlap --quiet

echo
echo "== Three more lines"
printf '%s\n' 'the 14th of July, 1989' 'le 3 mars 2021' 'Tuesday 25 December 1956' >"$run/lines.txt"
"$strata" translate "$run" "$run/lines.txt" --alignment "$run/alignment.html" --quiet >"$run/translated.txt"
paste -d '|' "$run/lines.txt" "$run/translated.txt" | sed 's/|/  ->  /'

echo
echo "== Left for you to look at"
echo "heatmap of the attention:  $PWD/$run/alignment.html"
echo "learning curve:            $PWD/$run/learning_curve.svg"
echo "try:  echo 'le premier mai 1999' | $strata translate $run --show-alignment"
