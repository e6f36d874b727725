#!/usr/bin/env bash
# A pipe, a folder or a socket where a file of ours is looked for: an error at once, in every verb.
# usage: fifo-hangs.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

for file in manifest.json config.json model.safetensors source.vocab.txt; do
  mv "run/latest/$file" whole
  for kind in mkfifo mkdir; do
    $kind "run/latest/$file"
    for verb in translate tokenize eval classify; do
      refuses 5 "run/checkpoint-12/$file" $verb run --checkpoint latest --quiet
    done
    refuses 5 "run/checkpoint-12/$file" quantize run --checkpoint latest --output q --quiet
    rm -r "run/latest/$file"
  done
  mv whole "run/latest/$file"
done
succeeds translate run --quiet

mkfifo pipe
for kind in pipe . /dev/zero; do
  refuses 8 "$kind" train "$kind" --output new --quiet
  refuses 8 "$kind" translate run --config "$kind" --quiet
done
refuses 6 'pipe' translate run --plugin pipe --quiet
sed 's|"type": "word"|"type": "bpe", "codes": "pipe"|; s|, "split": "symbols"||' tiny.json >codes.json
refuses 8 'pipe' train codes.json --output new --quiet
# A manifest that is a pipe is a warning, as any other that cannot be read.
mkdir plugs && mkfifo plugs/a.plugin.json
cases=$((cases + 1)) got=0
timeout 60 "$strata" plugins --plugin-path plugs >out 2>err </dev/null || got=$?
[ "$got" = 0 ] && [ "$(wc -l <err)" = 1 ] && grep -q 'plugs/a.plugin.json.*is a pipe' err || fail 'plugins --plugin-path' "exit $got: $(cat err)"
# A recipe out of a process substitution is the user's own pipe.
cases=$((cases + 1))
"$strata" train <(cat tiny.json) --output substituted --quiet 2>err || fail 'train <(...)' "$(cat err)"
finish
