# classify: a tiny run of a bag of words, and what is wrong around it; translate and eval on a model that classifies.
cat >"$work/bag.json" <<'JSON'
{ "data": { "type": "samples", "name": "questions", "train": 200, "valid": 20, "test": 20 },
  "tokenizer": "word", "model": { "type": "bag_of_words", "embedding": 8 },
  "feed": { "type": "pairs", "batch": { "tokens": 400 } },
  "train": { "type": "supervised", "max_updates": 4, "validate_every": 2, "metrics": ["accuracy", "loss"] } }
JSON
bag=$work/bag
succeeds train "$work/bag.json" --output "$bag" --quiet
guard=$bag

# label TAB probability, as many lines as went in, empty ones too.
cases=$((cases + 1))
printf 'who built the mill\n\nwhere was the white mill sold\r\nx' | "$strata" classify "$bag" --quiet >"$work/out" 2>"$work/err" ||
  fail "classify" "exit $?: $(cat "$work/err")"
[ "$(wc -l <"$work/out")" = 4 ] && [ -z "$(sed -n 2p "$work/out")" ] && [ "$(grep -cE '^[a-z]+	0\.[0-9]+$' "$work/out")" = 3 ] ||
  fail "classify" "lines are not as they went in: $(cat "$work/out")"
cp "$work/out" "$work/labels"
cases=$((cases + 1))
printf 'who built the mill\n' | "$strata" classify "$bag" --quiet --top 9 >"$work/out" 2>"$work/err" || fail "classify --top" "$(cat "$work/err")"
grep -qE '^([a-z]+	[0-9.e-]+	){5}[a-z]+	[0-9.e-]+$' "$work/out" && [ "$(cut -f 1,2 "$work/out")" = "$(head -n 1 "$work/labels")" ] ||
  fail "classify --top" "not all six labels, the best first: $(cat "$work/out")"
cases=$((cases + 1))
printf 'who\n\n' | "$strata" classify "$bag" --quiet --json >"$work/out" 2>"$work/err" || fail "classify --json" "$(cat "$work/err")"
grep -qE '^\{"labels": ?\[\{"label": ?"[a-z]+", ?"probability": ?0\.[0-9]+\}\]\}$' "$work/out" && [ "$(wc -l <"$work/out")" = 2 ] ||
  fail "classify --json" "$(cat "$work/out")"

# The metrics of training, and no score of texts; the outputs are the labels.
prints 'accuracy ' eval "$bag" --quiet --output "$work/written"
cases=$((cases + 1))
[ "$(wc -l <"$work/out")" = 2 ] && [ "$(wc -l <"$work/written")" = 20 ] || fail "eval" "$(cat "$work/out" "$work/written")"
prints 'exact_match ' eval "$bag" --quiet --metric exact_match

refuses 2 'classify: RUN is missing' classify
refuses_at 5 E_CHECKPOINT_MISSING "$work/none" 'no such run' classify "$work/none"
refuses 5 'E_CHECKPOINT_MISSING' classify "$bag" --checkpoint checkpoint-3
refuses 2 'classify --top: ' classify "$bag" --top 0
refuses 2 'did you mean --top?' classify "$bag" --topp 3
refuses 4 'E_DATA_MISSING' classify "$bag" "$work/nowhere"
printf 'fine\nb\xffd\n' >"$work/invalid"
cases=$((cases + 1))
got=0
"$strata" classify "$bag" "$work/invalid" --quiet >"$work/out" 2>"$work/err" || got=$?
[ "$got" = 4 ] && grep -qF "E_DATA_UTF8] $work/invalid:2: " "$work/err" && [ "$(wc -l <"$work/out")" = 1 ] ||
  fail "classify" "exit $got at a bad second line: $(cat "$work/out" "$work/err")"
yes who | head -n 1001 | tr '\n' ' ' >"$work/long"
refuses_at 4 E_DATA_LONG "$work/long:1" '1001 tokens (allowed: 1000)' classify "$bag" "$work/long"
refuses_at 5 E_MODEL_CAPABILITY translate '`strata classify` labels lines with it' translate "$bag" "$work/labels"
guard=''

# A model that writes, and data whose targets are no labels.
cat >"$work/writes.json" <<'JSON'
{ "data": { "type": "samples", "name": "questions", "train": 200, "valid": 20, "test": 20 },
  "tokenizer": "word", "model": { "type": "seq2seq", "embedding": 8, "encoder": { "hidden": 8 }, "decoder": { "hidden": 8 } },
  "feed": { "type": "pairs", "batch": { "tokens": 400 } },
  "train": { "type": "supervised", "max_updates": 2 } }
JSON
succeeds train "$work/writes.json" --output "$work/writes" --quiet
refuses_at 5 E_MODEL_CAPABILITY classify '`strata translate` writes texts with it' classify "$work/writes" "$work/labels"
refuses_at 4 E_DATA_LABEL '[classification]' 'a label is one' train "$work/bag.json" --output "$work/no_labels" --quiet \
  --set data.name=numbers --set data.parts=true

# A verb that is an answerer's name, one that is nearly so, and input that is no example.
refuses 2 "there is no verb 'clasify' (did you mean classify?" clasify "$bag"
refuses 2 'more than one of FILE, --prompt and --split is given' classify "$bag" "$work/labels" --prompt who
prints 'classify' classify "$bag" --help
prints 'answerer/classify' plugins answerer
cases=$((cases + 1))
"$strata" classify "$bag" --prompt 'who built the mill' >"$work/out" 2>"$work/err" && [ "$(cut -f 1,2 "$work/out")" = "$(head -n 1 "$work/labels")" ] ||
  fail "classify --prompt" "$(cat "$work/out" "$work/err")"
cases=$((cases + 1))
"$strata" classify "$bag" --split test --quiet >"$work/out" 2>"$work/err" && [ "$(wc -l <"$work/out")" = 20 ] ||
  fail "classify --split" "$(cat "$work/out" "$work/err")"
refuses 4 'E_DATA_SPLIT' classify "$bag" --split tset
printf '{"sources": "who"}\n' >"$work/in.jsonl"
refuses_at 4 E_DATA_FIELD "$work/in.jsonl:1" 'field "sources": there is no such field (the fields are: source)' classify "$bag" "$work/in.jsonl"
refuses 5 'no Generator' generate "$bag" --prompt who
