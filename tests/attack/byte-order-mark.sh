#!/usr/bin/env bash
# A text file from outside may begin with U+FEFF, as editors of Windows write it: the mark is no part of the text, whatever the file is.
. "$(dirname "$0")/env.sh"
bom=$(printf '\xef\xbb\xbf')
marked() { printf '%s' "$bom" | cat - "$1" >"$2"; }

# same WHAT FILE FILE
same() { check "$1: the same with the mark and without" cmp -s "$2" "$3"; }

# Recipes and --config.
marked tiny.json marked.json
succeeds train marked.json --output marked --quiet
same "recipe" run/latest/model.safetensors marked/latest/model.safetensors
same "vocabulary" run/latest/source.vocab.txt marked/latest/source.vocab.txt
printf '{"beam_size": 2, "n_best": 2}' >options.json
marked options.json marked-options.json
yes 'le 3 mars 2021' | head -n 3 >lines
for file in options marked-options; do succeeds translate run lines --config $file.json --quiet && cp out "$file.out"; done
same "--config" options.out marked-options.out

# Lines by name and from standard input, and the files that go with them.
printf 'March 3, 2021\nle 3 mars 2021\n' >lines
marked lines marked-lines
for file in lines marked-lines; do
  succeeds tokenize run $file --ids && cp out "$file.ids"
  "$strata" tokenize run --ids <$file >"$file.stdin" 2>err || fail "tokenize < $file" "$(cat err)"
done
same "lines" lines.ids marked-lines.ids
same "standard input" lines.stdin marked-lines.stdin
printf '20\n\n' >side
marked side marked-side
for option in prefix constraints; do
  for file in side marked-side; do
    succeeds translate run lines --beam-size 2 --$option $file --quiet && cp out "$file.$option"
  done
  same "--$option" side.$option marked-side.$option
done
check "the prefix is written" grep -q '^20' marked-side.prefix
printf 'the same line\nand another\n' >hypotheses
marked hypotheses marked-hypotheses
for pair in "hypotheses marked-hypotheses" "marked-hypotheses hypotheses"; do
  # shellcheck disable=SC2086 # two words
  succeeds score $pair
  check "score $pair: every line equals its reference" grep -q '= 100.0' out
done

# Training data of each form.
for i in $(seq 1 20); do printf 'one %d two\teins %d zwei\n' "$i" "$i"; done >pairs.tsv
cut -f 1 pairs.tsv >pairs.en
cut -f 2 pairs.tsv >pairs.de
sed 's/\(.*\)\t\(.*\)/{"source": "\1", "target": "\2"}/' pairs.tsv >pairs.jsonl
for file in pairs.tsv pairs.jsonl pairs.en pairs.de; do marked $file marked-$file; done
# trained NAME DATA
trained() {
  sed 's|"data": {[^}]*}|"data": '"$2"'|; s|"max_updates": 12|"max_updates": 1|' tiny.json >"$1.json"
  succeeds train "$1.json" --output "$1" --quiet --set feed.batch.tokens=2000
}
trained tsv '{ "type": "tsv", "train": "pairs.tsv" }'
trained marked-tsv '{ "type": "tsv", "train": "marked-pairs.tsv" }'
trained marked-jsonl '{ "type": "jsonl", "train": "marked-pairs.jsonl" }'
trained marked-parallel '{ "type": "parallel", "train": "marked-pairs", "source": "en", "target": "de" }'
for form in tsv jsonl parallel; do
  same "data of $form" tsv/latest/model.safetensors marked-$form/latest/model.safetensors
  same "vocabulary of $form" tsv/latest/source.vocab.txt marked-$form/latest/source.vocab.txt
done

# Codes, and a checkpoint's own files: somebody's editor has been there.
printf '#version: 0.2\ne i\nei n\nein s</w>\n' >codes
marked codes marked-codes
bpe() { sed 's|"tokenizer": {[^}]*}|"tokenizer": { "type": "bpe", "codes": "'"$1"'" }|' tsv.json >bpe.json; }
for file in codes marked-codes; do
  bpe $file
  succeeds train bpe.json --output "$file-run" --quiet
  succeeds tokenize "$file-run" pairs.de --side target && cp out "$file.pieces"
done
same "codes" codes.pieces marked-codes.pieces
for file in bpe.codes vocab.txt; do
  marked codes-run/latest/$file with-mark && cp with-mark codes-run/latest/$file
done
remanifest codes-run/latest
succeeds tokenize codes-run pairs.de --side target
same "a run's own files" codes.pieces out
finish
