#!/usr/bin/env bash
# A pipe or a folder where a file of Strata's is looked for is an error at once; a pipe that is an input works.
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
printf 'le 3 mars 2021\n' >in
"$strata" translate run in --quiet >whole || fail "translate" "exit $?"

# ends WHAT COMMAND...: it must end in an error, in one line, within ten seconds.
ends() {
  local what=$1 got=0
  shift
  cases=$((cases + 1))
  timeout 10 "$@" >out 2>err <in || got=$?
  [ "$got" -gt 1 ] && [ "$got" -lt 12 ] && [ "$(grep -c 'strata: error\[' err)" = 1 ] || fail "$what: $*" "exit $got (124: after 10 s): $(cat err)"
}

cp -r run whole-run
files=$(cd run/latest && echo *)
for name in $files; do
  for kind in pipe folder; do
    rm -rf run && cp -r whole-run run
    for checkpoint in run/checkpoint-*; do
      rm -f "$checkpoint/$name"
      [ $kind = pipe ] && mkfifo "$checkpoint/$name" || mkdir "$checkpoint/$name"
    done
    ends "$name is a $kind" "$strata" translate run
    ends "$name is a $kind" "$strata" tokenize run
    [ $name != manifest.json ] && [ $name != config.json ] && continue
    ends "$name is a $kind" "$strata" classify run
    ends "$name is a $kind" "$strata" eval run
    ends "$name is a $kind" "$strata" quantize run --output made
    ends "$name is a $kind" "$strata" average run --last 2 --output made
    ends "$name is a $kind" "$strata" train tiny.json --output run --set train.max_updates=16
  done
done
rm -rf run && cp -r whole-run run

# Manifests of plugins: the others are listed.
for kind in pipe folder; do
  mkdir "shelf-$kind"
  [ $kind = pipe ] && mkfifo shelf-pipe/a.plugin.json || mkdir shelf-folder/a.plugin.json
  cases=$((cases + 1))
  got=0 && timeout 10 "$strata" plugins --plugin-path "shelf-$kind" >out 2>err || got=$?
  [ "$got" = 0 ] && grep -q '^cell/lstm' out || fail "plugins, a manifest is a $kind" "exit $got: $(cat err)"
done

# What Strata remembers of plugins.
mkdir -p cache/strata
find "${XDG_CACHE_HOME:-$HOME/.cache}/strata" -maxdepth 1 -type f -printf '%f\n' 2>/dev/null >names
while read -r name; do mkfifo "cache/strata/$name"; done <names
cases=$((cases + 1))
got=0 && XDG_CACHE_HOME=$work/cache timeout 20 "$strata" translate run in --quiet >out 2>err || got=$?
[ "$got" = 0 ] && cmp -s out whole || fail "what is remembered is a pipe" "exit $got: $(cat err)"

# Pipes that somebody gives as inputs are read.
cases=$((cases + 5))
timeout 20 "$strata" translate run <(cat in) --quiet >out && cmp -s out whole || fail "translate <(...)" "$(cat out)"
timeout 20 "$strata" translate run in --prefix <(echo 2021) --quiet >out && grep -q ^2021 out || fail "--prefix <(...)" "$(cat out)"
timeout 20 "$strata" translate run in --constraints <(echo) --quiet >out && cmp -s out whole || fail "--constraints <(...)" "$(cat out)"
timeout 20 "$strata" score <(cat whole) <(cat whole) >out && grep -q 'chrF2.* = 100.00' out || fail "score <(...) <(...)" "$(cat out)"
timeout 20 "$strata" train <(cat tiny.json) --output piped --quiet && cmp -s piped/latest/model.safetensors run/latest/model.safetensors || fail "train <(...)" "other weights"
mkfifo named
cases=$((cases + 1))
cat in >named &
timeout 20 "$strata" tokenize run named >out && [ "$(wc -l <out)" = 1 ] || fail "tokenize of a named pipe" "$(cat out)"

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
finish
