# logprobs, eval --text, eval --choices and generate: a tiny run of a language model, and what is wrong around it.
for i in $(seq 200); do
  echo "line $i of a text that a small model reads"
done >"$work/lm.txt"
cat >"$work/lm.json" <<JSON
{ "data": { "type": "text", "file": "$work/lm.txt" }, "tokenizer": "characters",
  "model": { "type": "char_lm", "embedding": 4, "recurrent": { "hidden": 8 } },
  "feed": { "type": "stream", "lanes": 4, "window": 16, "end": false },
  "train": { "type": "supervised", "max_updates": 4 } }
JSON
lm=$work/lm
succeeds train "$work/lm.json" --output "$lm" --quiet
guard=$lm

# As many lines as went in, in their order, empty ones too: sum TAB tokens TAB perplexity TAB text.
cases=$((cases + 1))
printf 'line 7\n\na text\tof two\nx' | "$strata" logprobs "$lm" --quiet >"$work/out" 2>"$work/err" ||
  fail "logprobs" "exit $?: $(cat "$work/err")"
[ "$(cut -f 2 "$work/out" | tr '\n' ' ')" = '6 0 13 1 ' ] && [ "$(sed -n 1p "$work/out" | cut -f 4)" = 'line 7' ] ||
  fail "logprobs" "lines are not as they went in: $(cat "$work/out")"
cases=$((cases + 1))
"$strata" logprobs "$lm" --prompt 'a text' --json >"$work/out" 2>"$work/err" || fail "logprobs --json" "$(cat "$work/err")"
grep -qE '^\{"ids": \[([0-9]+, ){5}[0-9]+\], "logprobs": \[null(, -[0-9.]+){5}\], "sum": -[0-9.]+\}$' "$work/out" ||
  fail "logprobs --json" "$(cat "$work/out")"
cases=$((cases + 1))
printf 'le 3 mars 1987\t1987-03-03\n' | "$strata" logprobs "$tiny" --quiet --json >"$work/out" 2>"$work/err" &&
  grep -qE '^\{"ids": \[([0-9]+, )+2\], "logprobs": \[-' "$work/out" || fail "logprobs of pairs" "$(cat "$work/out" "$work/err")"
printf 'a\tb\tc\n' >"$work/three"
refuses_at 4 E_DATA_FIELD "$work/three:1" '3 texts between tabs, and an example has 2' logprobs "$tiny" "$work/three"
refuses_at 5 E_MODEL_CAPABILITY logprobs 'the model is no Scorer' logprobs "$bag" "$work/lines"
refuses 2 'did you mean logprobs?' logprob "$lm"
refuses 2 'logprobs --batch-size: ' logprobs "$lm" --batch-size 0

prints 'perplexity ' eval "$lm" --quiet --text "$work/lines"
prints '"counted": 7' eval "$lm" --quiet --json --text "$work/lines"
prints '"context": 4, "stride": 2' eval "$lm" --quiet --json --text "$work/lines" --context 4
refuses_at 3 E_CONFIG_RANGE stride '5 is above the context, 4' eval "$lm" --text "$work/lines" --context 4 --stride 5
refuses_at 3 E_CONFIG_RANGE stride '5 is given without a context' eval "$lm" --text "$work/lines" --stride 5
refuses 2 'eval --context: ' eval "$lm" --text "$work/lines" --context -1
refuses_at 2 E_USAGE 'eval --stride' 'no --text is given' eval "$lm" --stride 5
refuses_at 2 E_USAGE 'eval --metric' 'a file is measured' eval "$lm" --text "$work/lines" --metric loss
refuses_at 2 E_USAGE 'eval --split' 'a file is measured' eval "$lm" --text "$work/lines" --split valid
: >"$work/nothing"
refuses_at 4 E_DATA_EMPTY "$work/nothing" '0 bytes' eval "$lm" --text "$work/nothing"
refuses_at 4 E_DATA_MISSING "$work/none" '' eval "$lm" --text "$work/none"
refuses_at 5 E_MODEL_CAPABILITY 'eval --text' '`strata logprobs` scores pairs with it' eval "$tiny" --text "$work/lines"
refuses_at 5 E_MODEL_CAPABILITY 'eval --text' 'the model is no Scorer' eval "$bag" --text "$work/lines"

printf '{"prompt": "line 7 ", "choices": ["of a text", "zzzz"], "answer": 0}\n' >"$work/questions.jsonl"
prints 'acc_norm_tokens ' eval "$lm" --quiet --choices "$work/questions.jsonl"
prints '"questions": 1, "choices": 2' eval "$lm" --quiet --json --choices "$work/questions.jsonl"
printf '{"prompt": "line 7 ", "choices": ["of a text", "zzzz"], "answer": 2}\n' >>"$work/questions.jsonl"
refuses_at 4 E_DATA_FIELD "$work/questions.jsonl:2" '2 is no index of a choice (allowed: 0 to 1)' eval "$lm" --choices "$work/questions.jsonl"
refuses_at 4 E_DATA_EMPTY "$work/nothing" 'no question' eval "$lm" --choices "$work/nothing"
refuses_at 2 E_USAGE 'eval --choices' 'together with --text' eval "$lm" --choices "$work/nothing" --text "$work/lines"
refuses_at 2 E_USAGE 'eval --context-policy' 'no --choices are given' eval "$lm" --context-policy drop_oldest
refuses 2 'context-policy' generate "$lm" --prompt a --context-policy drop
guard=''
