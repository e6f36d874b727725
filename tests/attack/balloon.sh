#!/usr/bin/env bash
# A folder of 60 kB that asks for gigabytes: refused with at most 64 MiB + 4 x its files more address space than a healthy
# run needs, which bounds the memory from above. Resident memory would say less: it counts what the parent had, too.
# usage: balloon.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
if sanitized; then
  skip 'a sanitizer takes more memory than the program'
  finish
  exit
fi

# balloons RUN VERB: every change, one by one.
balloons() {
  local run=$1 verb=$2 healthy change file files
  healthy=$(needs "$verb" "$run")
  for change in "${changes[@]}"; do
    rm -rf copy && cp -rL "$run/latest" copy
    if [ "$change" = vocabulary ]; then
      for file in source target; do seq -f 'x%.0f' 600000 >>"copy/$file.vocab.txt"; done
    else
      sed -i -E -z "$change" copy/config.json
    fi
    remanifest copy
    if diff -rq copy "$run/latest" >same; then fail "$run, $change" 'changes nothing'; fi
    files=$(($(cat copy/* | wc -c) >> 20))
    refuses_within $((healthy + 64 + 4 * files)) 5 'error[E_CHECKPOINT_' "$verb" copy --quiet
    echo "$run, $verb, $change, within $healthy + 64 + $((4 * files)) MiB: $(cut -c 16-110 err)"
  done
}

# number COUNT NAME VALUE: the COUNTth "NAME": N of the recipe becomes VALUE, as a command of sed -z.
number() {
  echo "s/(\"$2\": )[0-9]+/\\1$3/$1"
}
changes=()
for name in hidden layers embedding; do
  for count in 1 2; do
    [ "$(grep -o "\"$name\": [0-9]" run/latest/config.json | wc -l)" -lt "$count" ] || changes+=("$(number "$count" "$name" "$([ $name = layers ] && echo 64 || echo 65536)")")
  done
done
changes+=("$(number 1 hidden 12000)")
for verb in translate tokenize; do balloons run $verb; done
changes=(vocabulary) # more tokens than a small process has room for
balloons run translate

sed 's|"model": {.*|"model": { "type": "transformer", "width": 16, "encoder": { "layers": 1 }, "decoder": { "layers": 1 } },|; /"decoder": { "hidden"/d' tiny.json >transformer.json
succeeds train transformer.json --output transformer --quiet
changes=("$(number 1 width 65536)" "$(number 1 layers 256)" "$(number 2 layers 256)")
balloons transformer translate
finish
