# The Transformer: what does not fit, sequences beyond its positions, searches that are told more, means and ensembles.
cat >"$work/transformer.json" <<JSON
{ "data": { "type": "parallel", "train": "$text/train", "valid": "$text/valid", "source": "en", "target": "de" },
  "tokenizer": "word",
  "model": { "type": "transformer", "width": 8, "encoder": { "layers": 1 }, "decoder": { "layers": 1 },
             "positions": { "type": "learned", "max_length": 30 },
             "block": { "type": "transformer", "attention": { "type": "sdpa", "heads": 2 },
                        "feed_forward": { "type": "feed_forward", "hidden": 8 } } },
  "feed": { "type": "pairs", "batch": { "tokens": 400 } },
  "train": { "type": "supervised", "max_updates": 6, "checkpoint_every": 2, "validate_every": 2 } }
JSON
former=$work/former
succeeds train "$work/transformer.json" --output "$former" --quiet
succeeds train "$work/transformer.json" --output "$work/former2" --quiet --seed 2
succeeds train "$work/transformer.json" --output "$work/former3" --quiet --set data.train="$text/valid"
guard=$former

forms() { refuses_at "$1" "$2" "$3" "$4" train "$work/transformer.json" --output "$work/refused" --quiet --set "$5"; }
forms 3 E_CONFIG_ATTENTION 'attention/heads' '3 heads do not divide a query of width 8' model.block.attention.heads=3
forms 3 E_CONFIG_POSITIONS 'positional/sinusoidal' 'a width of 9 has no pairs' 'model={"type":"transformer","width":9,"block":{"attention":{"heads":3}}}'
forms 5 E_MODEL_ATTENTION 'block/transformer' "'additive' cannot read a sequence that is being written" model.block.attention=additive
forms 5 E_MODEL_ATTENTION 'block/transformer' "'local_window' cannot read another sequence" model.block.cross_attention=local_window
forms 3 E_CONFIG_RANGE '--set model.encoder.layers' 'is out of range' model.encoder.layers=0

cp "$text/train.de" "$work/odd.de"
sed 's/cat/white cat/' "$text/train.en" >"$work/odd.en"
refuses_at 3 E_CONFIG_TIE model/tie 'all needs one vocabulary: the source has' train "$work/transformer.json" --output "$work/refused" --quiet \
  --set model.tie=all --set data.train="$work/odd" --set data.valid="$work/odd"
yes cat | head -n 40 | tr '\n' ' ' >"$work/forty"
refuses_at 5 E_MODEL_LENGTH '[encoder]' '41 source tokens, but positions for 30' translate "$former" "$work/forty" --quiet
cases=$((cases + 1))
"$strata" translate "$former" "$work/forty" --max-source-length 20 --long-lines cut --max-length 5 --max-length-ratio 0 >"$work/out" 2>"$work/err" ||
  fail "translate --long-lines cut" "$(cat "$work/err")"
grep -qF '1 of 1 lines were cut at 20 tokens' "$work/err" || fail "translate --long-lines cut" "says nothing: $(cat "$work/err")"

# Searches.
printf 'the cat 3 sat\n' >"$work/one"
cases=$((cases + 1))
printf 'sass Katze\tdie\n' >"$work/phrases"
"$strata" translate "$former" "$work/one" --quiet --constraints "$work/phrases" --beam-size 3 --coverage-penalty 0.2 >"$work/out" 2>"$work/err" ||
  fail "translate --constraints" "$(cat "$work/err")"
grep -qF 'sass Katze' "$work/out" && grep -qF die "$work/out" || fail "translate --constraints" "not met: $(cat "$work/out")"
cases=$((cases + 1))
printf 'die die\n' >"$work/prefix"
"$strata" translate "$former" "$work/one" --quiet --prefix "$work/prefix" >"$work/out" 2>"$work/err" || fail "translate --prefix" "$(cat "$work/err")"
grep -q '^die die' "$work/out" || fail "translate --prefix" "not at the front: $(cat "$work/out")"
printf 'nowhere\n' >"$work/unknown"
refuses_at 4 E_DATA_CONSTRAINT 'sentence 1' 'not in the vocabulary' translate "$former" "$work/one" --quiet --constraints "$work/unknown"
refuses_at 4 E_DATA_CONSTRAINT 'sentence 1' 'of an output of at most 2' translate "$former" "$work/one" --quiet --constraints "$work/phrases" --max-length 2 --max-length-ratio 0
: >"$work/none_asked"
refuses_at 4 E_DATA_UNEQUAL "$work/none_asked" 'has 0 lines, the source has a line 1' translate "$former" "$work/one" --quiet --prefix "$work/none_asked"
refuses 4 'E_DATA_MISSING' translate "$former" "$work/one" --quiet --constraints "$work/nowhere"
refuses 3 'take a divisor of beam_size' translate "$former" "$work/one" --quiet --beam-groups 2 --beam-size 3
refuses 3 '8 samples of a beam search' translate "$former" "$work/one" --quiet --mbr-samples 8
succeeds translate "$former" "$work/one" --quiet --search sample --mbr-samples 8
succeeds translate "$former" "$work/one" --quiet --beam-groups 2 --beam-size 4 --no-repeat-ngram 2

# Means and ensembles.
succeeds average "$former" --last 2 --output "$work/mean" --quiet
succeeds translate "$work/mean" "$work/one" --quiet
succeeds translate "$former" "$work/one" --quiet --ensemble "$work/former2" --ensemble "$work/mean"
refuses 2 'average: --output FOLDER is missing' average "$former"
refuses 2 'average: RUN is missing' average --output "$work/unmade"
refuses_at 5 E_CHECKPOINT_COUNT "$former" 'the last 9 are asked for' average "$former" --last 9 --output "$work/unmade" --quiet
refuses 5 'E_CHECKPOINT_PARAMETERS' average "$par" "$former" --last 1 --output "$work/unmade" --quiet
refuses 5 'E_CHECKPOINT_VOCABULARY' average "$former" "$work/former3" --last 1 --output "$work/unmade" --quiet
# As many tokens on both sides, one of them another.
sed 's/cat/cow/' "$text/train.en" >"$work/cow.en"
cp "$text/train.de" "$work/cow.de"
succeeds train "$work/transformer.json" --output "$work/former4" --quiet --set data.train="$work/cow"
cases=$((cases + 1))
[ "$(wc -l <"$former/latest/source.vocab.txt")" = "$(wc -l <"$work/former4/latest/source.vocab.txt")" ] || fail "average" "the vocabularies differ in size"
refuses 5 "former4/checkpoint-6: its tokens" average "$work/former4" "$former" --last 1 --output "$work/unmade" --quiet
refuses 5 'E_CHECKPOINT_VOCABULARY' average "$former" "$work/former4" --last 1 --output "$work/unmade" --quiet
refuses 5 'E_CHECKPOINT_VOCABULARY' translate "$former" "$work/one" --quiet --ensemble "$work/former4"
refuses 5 'E_CHECKPOINT_VOCABULARY' translate "$former" "$work/one" --quiet --ensemble "$work/former3"
refuses 5 'E_CHECKPOINT_MISSING' translate "$former" "$work/one" --quiet --ensemble "$work/nowhere"

# Weights in 8 bits.
succeeds quantize "$former" --output "$work/codes" --quiet
succeeds translate "$work/codes" "$work/one" --quiet
succeeds translate "$former" "$work/one" --quiet --precision int8
cases=$((cases + 1))
"$strata" translate "$work/codes" "$work/one" --quiet >"$work/out"
"$strata" translate "$former" "$work/one" --quiet --precision int8 | cmp -s - "$work/out" ||
  fail "translate --precision int8" "says something else than the checkpoint in 8 bits"
refuses 2 'quantize: --output FOLDER is missing' quantize "$former"
refuses_at 5 E_CHECKPOINT_QUANTIZED "$work/codes" 'held in 8 bits' average "$former" "$work/codes" --last 1 --output "$work/unmade" --quiet
refuses_at 5 E_CHECKPOINT_QUANTIZED "$work/codes" 'held in 8 bits' average "$work/codes" --output "$work/unmade" --quiet
for damage in 'truncate -s -7' 'truncate -s 0' flip rm; do
  rm -rf "$damaged" && cp -r "$work/codes" "$damaged"
  $damage "$damaged/model.safetensors"
  refuses_at 5 E_CHECKPOINT_DAMAGED "$damaged/model.safetensors" '' translate "$damaged" "$work/one" --quiet
done
cases=$((cases + 1))
[ ! -e "$work/unmade" ] || fail "average" "left $(ls "$work/unmade")"
guard=''
