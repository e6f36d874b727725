# Sourced by the scripts that read and write through faulty_io.so: finds it, and sets up the verbs that stream.
faulty=$(dirname "$strata")/../tests/attack/faulty_io.so
if [ ! -e "$faulty" ]; then
  skip "the program is a sanitizer build, into which nothing can be preloaded"
  cases=1
  finish
  exit
fi
faulty=$(realpath "$faulty")
eio=5 enospc=28

cat >bag.json <<'J'
{ "data": { "type": "samples", "name": "questions", "train": 200, "valid": 20, "test": 20 },
  "tokenizer": "word", "model": { "type": "bag_of_words", "embedding": 8 },
  "feed": { "type": "pairs", "batch": { "tokens": 400 } },
  "train": { "type": "supervised", "max_updates": 4 } }
J
"$strata" train bag.json --output bag --quiet || { echo "the classifier's run failed" && exit 1; }

# Every line is 16 bytes and has its own number, so that a line that is missing shows.
for number in $(seq -w 1 60); do echo "le $number mars 2021"; done | sed 's/le \(..\) mars/le \1 mars/' >in
"$strata" tokenize run --ids <in >ids
verb_translate() { "$strata" translate run --beam-size 1 --chunk 2 --quiet "$@"; }
verb_classify() { "$strata" classify bag --chunk 2 --quiet "$@"; }
verb_tokenize() { "$strata" tokenize run "$@"; }
verb_decode() { "$strata" tokenize run --decode "$@"; }
verb_score() { "$strata" score - in "$@"; }
input_of() { [ "$1" = decode ] && echo ids || echo in; }
for verb in translate classify tokenize decode score; do
  verb_$verb <"$(input_of $verb)" >"$verb.whole" || fail "$verb" "exit $?"
done

# faulty PLAN VERB: runs the verb so; $got is how it ended, ./out what it wrote.
faulty() {
  got=0
  STRATA_FAULTY_IO=$1 LD_PRELOAD=$faulty verb_$2 <"$(input_of "$2")" >out 2>err || got=$?
}

# begins_whole VERB: ./out is the beginning of what the verb answers to the whole input.
begins_whole() { head -c "$(stat -c %s out)" "$1.whole" | cmp -s - out; }
