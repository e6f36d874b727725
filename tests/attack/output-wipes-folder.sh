#!/usr/bin/env bash
# --output FOLDER of average and quantize: what is there stays there, unless it is an earlier result and nothing else.
# No folder outside of the sandbox is named here: a program that is broken would delete it.
# usage: output-wipes-folder.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

# writes FOLDER ARGUMENTS...: the verb succeeds and leaves a checkpoint that works.
writes() {
  local folder=$1
  shift
  succeeds "$@" --quiet
  check "$folder is whole" [ -f "$folder/manifest.json" ]
  succeeds translate "$folder" --quiet
}

mkdir -p thesis/sub tab here/sub empty
echo years | tee thesis/sub/work.txt tab/work.txt here/work.txt here/sub/work.txt work.txt >/dev/null
ln -s thesis link
ln -s nowhere dangling
cp -a run other
before=$(content .)
for folder in thesis thesis/ thesis/. thesis/sub/.. tab/ link link/ link/. dangling work.txt run run/ run/. run/best run/best/ run/latest \
  run/checkpoint-4 run/checkpoint-4/ run/checkpoint-99 other; do
  refuses 8 'error[E_IO_OUTPUT]' quantize run --output "$folder" --quiet
  refuses 8 'error[E_IO_OUTPUT]' average run --last 2 --output "$folder" --quiet
done
cd here || exit 1
refuses 8 'holds "sub" and is no checkpoint' quantize ../run --output . --quiet
cd sub || exit 1
refuses 8 'holds "sub" and is no checkpoint' quantize ../../run --output .. --quiet
cd ../..
rm out err
check 'all is as it was' [ "$before" = "$(content .)" ]

for folder in fresh fresh/ deep/down/fresh/ run/mean empty empty/; do
  writes "$folder" quantize run --output "$folder" # made, or replaced
  writes "$folder" average run --last 2 --output "$folder"
done
mkdir standing && cd standing || exit 1
writes . quantize ../run --output .
refuses 8 'the current folder, which cannot be replaced' quantize ../run --output . --quiet
cd ..
echo years >fresh/notes.txt
refuses 8 'holds "notes.txt", which is no part of the checkpoint' quantize run --output fresh --quiet
check 'notes.txt is there' [ "$(cat fresh/notes.txt)" = years ]
check 'nothing temporary is left' [ -z "$(find . -name '*.tmp-*' -o -name .unfinished)" ]
succeeds train tiny.json --output run --quiet --set train.max_updates=16
finish
