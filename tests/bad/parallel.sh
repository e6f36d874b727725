# A tiny run over parallel files, made once: what the parts below damage copies of, or train on with something wrong.
text=$work/text par=$work/par
mkdir "$text"
for i in $(seq 40); do
  echo "the cat $i sat" >>"$text/train.en"
  echo "die Katze $i sass" >>"$text/train.de"
done
head -5 "$text/train.en" >"$text/valid.en"
head -5 "$text/train.de" >"$text/valid.de"
cat >"$work/par.json" <<JSON
{ "data": { "type": "parallel", "train": "$text/train", "valid": "$text/valid", "source": "en", "target": "de" },
  "tokenizer": "word",
  "model": { "type": "seq2seq", "embedding": 8, "encoder": { "hidden": 8 }, "decoder": { "hidden": 8, "attention": "additive" } },
  "feed": { "type": "pairs", "batch": { "tokens": 400 } },
  "train": { "type": "supervised", "max_updates": 4, "checkpoint_every": 2, "validate_every": 2 } }
JSON
succeeds train "$work/par.json" --output "$par" --quiet

# The same run, asked to go on.
further=(train "$work/par.json" --output "$par" --quiet --set train.max_updates=8)

# trains WARNING ARGUMENTS...: must succeed, with a line on standard error that holds WARNING.
trains() {
  local text=$1
  shift
  cases=$((cases + 1))
  "$strata" train "$@" >"$work/out" 2>"$work/err" </dev/null || { fail "train $*" "exit $?: $(cat "$work/err")"; return; }
  grep -qF -- "$text" "$work/err" || fail "train $*" "expected '$text' in: $(head -c 600 "$work/err")"
}
