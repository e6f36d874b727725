#!/usr/bin/env bash
# train --output FOLDER removes what a killed run left, and nothing whose name only looks like it.
# usage: tmp-names.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

mkdir -p home/notes.tmp-2024 home/checkpoint-8.tmp-2024 home/checkpoint-9.tmp-7-0 home/checkpoint-10.tmp-7
echo years | tee home/notes.tmp-2024/thesis.txt home/report.tmp-final.txt home/checkpoint-8.tmp-2024/thesis.txt home/latest.tmp-12 >/dev/null
: >home/checkpoint-9.tmp-7-0/.unfinished
echo half >home/checkpoint-9.tmp-7-0/model.safetensors
ln -s checkpoint-9 home/latest.tmp-7-1
succeeds train tiny.json --output home --quiet
for file in notes.tmp-2024/thesis.txt report.tmp-final.txt checkpoint-8.tmp-2024/thesis.txt latest.tmp-12; do
  check "$file is there" [ "$(cat "home/$file")" = years ]
done
for file in checkpoint-9.tmp-7-0 checkpoint-10.tmp-7 latest.tmp-7-1; do
  check "$file, which a killed run left, is gone" [ ! -e "home/$file" ] && check "$file is no link" [ ! -L "home/$file" ]
done
# What a run has under the names that it uses itself, and did not make.
mkdir -p own/checkpoint-4
echo years >own/checkpoint-4/thesis.txt
refuses 5 'E_CHECKPOINT_DAMAGED' train tiny.json --output own --quiet
check 'thesis.txt is there' [ "$(cat own/checkpoint-4/thesis.txt)" = years ]
mkdir -p named
echo years >named/best
refuses 8 'is no link of a run' train tiny.json --output named --quiet
check 'best is there' [ "$(cat named/best)" = years ]
finish
