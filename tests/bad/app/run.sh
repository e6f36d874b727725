# train, translate, eval, tokenize: a tiny run first, then what is wrong around it.
cat >"$work/tiny.json" <<'JSON'
{ "data": { "type": "samples", "name": "dates", "train": 200, "valid": 20, "test": 20 },
  "tokenizer": { "type": "word", "split": "symbols" },
  "model": { "type": "seq2seq", "embedding": 8, "encoder": { "hidden": 8, "bidirectional": true },
             "decoder": { "hidden": 8, "attention": "additive" } },
  "feed": { "type": "pairs", "batch": { "tokens": 400 } },
  "train": { "type": "supervised", "max_updates": 4, "checkpoint_every": 2 } }
JSON
tiny=$work/tiny
printf 'the cat\n' >"$work/lines"

refuses 2 'train: RECIPE is missing' train
refuses 2 'train: --output RUN is missing' train "$work/tiny.json"
refuses 8 'E_IO_MISSING' train "$work/none.json" --output "$tiny"
refuses 2 "train --set: 'train.max_updates' is not path=value" train "$work/tiny.json" --output "$tiny" --set train.max_updates
refuses 3 'max_updates' train "$work/tiny.json" --output "$tiny" --quiet --set train.max_updates=-1
refuses 3 'max_updates' train "$work/tiny.json" --output "$tiny" --quiet --set train.max_update=1
refuses 3 'additive' train "$work/tiny.json" --output "$tiny" --quiet --set model.decoder.attention=addditive
refuses 3 'E_CONFIG' train "$work/tiny.json" --output "$tiny" --quiet --set model.decoder.hidden=0
refuses 8 "$work/lines/run" train "$work/tiny.json" --output "$work/lines/run" --quiet
refuses 5 'E_CHECKPOINT_MISSING' translate "$work/none"
refuses 5 'E_CHECKPOINT_MISSING' eval "$work/none"

prints '"layers": 1' train "$work/tiny.json" --dump-config
cases=$((cases + 1))
"$strata" train "$work/tiny.json" --output "$tiny" --quiet >"$work/out" 2>"$work/err" || fail "train" "exit $?: $(cat "$work/err")"
[ ! -s "$work/out" ] && [ ! -s "$work/err" ] || fail "train --quiet" "is not quiet: $(cat "$work/out" "$work/err")"
for file in best/model.safetensors latest/config.json checkpoint-4/manifest.json learning_curve.svg; do
  cases=$((cases + 1))
  [ -s "$tiny/$file" ] || fail "train" "left no $file"
done

# As many lines as went in, in their order, empty ones too.
cases=$((cases + 1))
printf 'le 3 mars 1987\n\nthe 3rd of March, 1987\r\nx' | "$strata" translate "$tiny" --quiet --alignment "$work/a.jsonl" >"$work/out" 2>"$work/err" ||
  fail "translate" "exit $?: $(cat "$work/err")"
[ "$(wc -l <"$work/out")" = 4 ] && [ -z "$(sed -n 2p "$work/out")" ] || fail "translate" "lines are not as they went in: $(cat "$work/out")"
[ "$(wc -l <"$work/a.jsonl")" = 4 ] || fail "translate --alignment" "$(wc -l <"$work/a.jsonl") lines of weights"

prints '"metric": "loss"' eval "$tiny" --json --quiet
prints 'tok:13a' eval "$tiny" --quiet
# What a recipe says about its evaluation counts, and may change in a run that goes on.
succeeds train "$work/tiny.json" --output "$tiny" --quiet --set train.max_updates=6 --set 'evaluate=[{"type":"bleu","tokenize":"none"}]'
prints 'tok:none' eval "$tiny" --quiet --checkpoint latest
cases=$((cases + 1))
[ "$(wc -l <"$work/out")" = 1 ] || fail "eval" "more than the one metric of the recipe: $(cat "$work/out")"
refuses_at 3 E_CONFIG_COMPONENT '--set evaluate:/0' 'did you mean "bleu"' train "$work/tiny.json" --output "$tiny" --quiet --set 'evaluate=["bleuu"]'
refuses 2 'translate --beam-size: ' translate "$tiny" --beam-size 0
refuses 2 'did you mean --beam-size?' translate "$tiny" --beam-sise 4
refuses 3 'n_best' translate "$tiny" --beam-size 2 --n-best 3
refuses 3 'top_p: is of samples, and a beam search is asked for' translate "$tiny" --top-p 0.5
refuses 3 'no sampler is called "nonsense"' translate "$tiny" "$work/one" --search sample --samplers nonsense
refuses 3 'k: 0 is out of range' translate "$tiny" "$work/one" --search sample --samplers '{"type": "top_k", "k": 0}'
refuses 2 'translate --samplers' translate "$tiny" "$work/one" --search sample --samplers '{"type":'
succeeds translate "$tiny" "$work/one" --quiet --search sample --samplers '{"type": "top_k", "k": 1}' --min-p 0.1
refuses 4 'E_DATA_MISSING' translate "$tiny" "$work/none"
refuses 2 'E_USAGE_ALIGNMENT' translate "$tiny" --alignment "$work/a.png"
refuses 4 "no split" eval "$tiny" --split testt
refuses 5 'E_CHECKPOINT_MISSING' eval "$tiny" --checkpoint checkpoint-3
printf 'b\xffd\n' >"$work/invalid"
refuses 4 'invalid:1' translate "$tiny" "$work/invalid"
refuses 4 'is no token number' tokenize "$tiny" --decode "$work/lines"
prints '▁the' tokenize "$tiny" "$work/lines"

# A checkpoint that lost its end.
cases=$((cases + 1))
cp -r "$tiny" "$work/cut"
truncate -s -10 "$work/cut/latest/model.safetensors"
refuses 5 'E_CHECKPOINT_DAMAGED' translate "$work/cut" --checkpoint latest
