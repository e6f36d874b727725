# Checkpoints with a file cut, altered by one bit or removed, and hostile ones: exit 5, the file is named, nothing is
# changed, and an intact one beside it is named too.
damaged=$work/damaged

# flip FILE: the lowest bit of its middle byte.
flip() {
  local at=$(($(stat -c %s "$1") / 2)) byte
  byte=$(od -An -tu1 -j "$at" -N 1 "$1")
  printf "\\x$(printf '%x' $((byte ^ 1)))" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

for file in config.json manifest.json model.safetensors optimizer.safetensors source.vocab.txt target.vocab.txt trainer_state.json; do
  [ -s "$par/checkpoint-4/$file" ] || fail checkpoint "has no $file"
  for damage in 'truncate -s -7' 'truncate -s 0' flip rm; do
    rm -rf "$damaged" && cp -r "$par" "$damaged"
    guard=$damaged
    $damage "$damaged/checkpoint-4/$file"
    at=$damaged/checkpoint-4/$file
    hint="$damaged/checkpoint-2 is intact"
    case "$damage $file" in
      'flip optimizer.safetensors' | 'flip trainer_state.json') # only training reads them
        succeeds translate "$damaged" --checkpoint latest --quiet ;;
      *) refuses_at 5 E_CHECKPOINT_DAMAGED "$at" "$hint" translate "$damaged" --checkpoint latest --quiet ;;
    esac
    [ "$damage $file" != 'rm trainer_state.json' ] || for verb in eval tokenize; do
      refuses_at 5 E_CHECKPOINT_DAMAGED "$at" 'bytes are expected' $verb "$damaged" --checkpoint checkpoint-4
    done
    guard=''
    succeeds train "$work/par.json" --output "$damaged" --quiet # goes on from checkpoint-2
    cmp -s "$damaged/latest/model.safetensors" "$par/latest/model.safetensors" || fail train "$file, $damage: from checkpoint-2 it ends elsewhere"
    [ -d "$damaged/checkpoint-4.set-aside" ] || fail train "$file, $damage: the damaged checkpoint is not there"
  done
done

# forge: the manifest is made to fit what the checkpoint's files now are.
forge() {
  local path=$damaged/checkpoint-4 file=$1
  sed -i "/\"$file\"/,/}/{s/\"size\": [0-9]*/\"size\": $(stat -c %s "$path/$file")/;s/\"sha256\": \"[0-9a-f]*\"/\"sha256\": \"$(sha256sum <"$path/$file" | cut -c 1-64)\"/}" \
    "$path/manifest.json"
}

# weights EXIT CODE TEXT: model.safetensors as it stands, with a manifest that fits, must not take memory that is not there.
weights() {
  local limit=unlimited
  forge model.safetensors
  LC_ALL=C grep -qa __asan_init "$strata" || limit=1000000 # kB; a sanitizer reserves more
  (
    failed=0
    ulimit -v "$limit"
    guard=$damaged refuses_at "$1" "$2" "$damaged/checkpoint-4/model.safetensors" "$3" translate "$damaged" --checkpoint latest
    exit $((failed != 0))
  ) || failed=$((failed + 1))
  cases=$((cases + 1))
}
# header JSON [BYTES]: a safetensors file of that header, which claims BYTES.
header() {
  local size=${2:-${#1}} i
  {
    for i in 0 8 16 24 32 40 48 56; do printf "\\x$(printf '%x' $((size >> i & 255)))"; done
    printf '%s' "$1"
  } >"$damaged/checkpoint-4/model.safetensors"
}
rm -rf "$damaged" && cp -r "$par" "$damaged"
header '{}' 1000000000000 && weights 5 E_CHECKPOINT_HEADER 'the header claims 1000000000000 bytes'
header '{}' -1 && weights 5 E_CHECKPOINT_HEADER 'the header claims 18446744073709551615 bytes'
header '{}' && weights 5 E_CHECKPOINT_PARAMETERS 'lacks '
header '{"a":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}' && weights 5 E_CHECKPOINT_OFFSETS 'lies at [0, 4000000000000) of 0 bytes'
header '{"a":{"dtype":"F32","shape":[4611686018427387904,16],"data_offsets":[0,0]}}' && weights 5 E_CHECKPOINT_SHAPE 'larger than any memory'
header '{"a":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,0]}}' && weights 5 E_CHECKPOINT_OFFSETS 'has 0 bytes'
header '{"a":{"dtype":"F32","shape":[0,1000000000000],"data_offsets":[0,0]}}' && weights 5 E_CHECKPOINT_PARAMETERS 'has a, which nothing asks for'
header '{"a":1,"a":2}' && weights 5 E_CHECKPOINT_DUPLICATE 'stands twice'
header "$(head -c 5000 /dev/zero | tr '\0' '[')" && weights 5 E_CHECKPOINT_HEADER 'deeper than'

# Folders that are no run, and runs without checkpoints.
guard=$par
refuses_at 5 E_CHECKPOINT_MISSING "$work/none" 'no such run' translate "$work/none"
refuses_at 5 E_CHECKPOINT_MISSING "$text" 'nothing was saved there yet' translate "$text"
refuses_at 5 E_CHECKPOINT_MISSING "$work/par.json" 'no such run' eval "$work/par.json"
refuses_at 5 E_CHECKPOINT_MISSING "$par" 'there are those of updates 2, 4' tokenize "$par" --checkpoint checkpoint-3
refuses_at 8 E_IO_WRITE "$work/par.json" '' train "$work/par.json" --output "$work/par.json" --quiet
guard=''

# A run that needs a plugin which is gone: one that is installed stands in for a copy of it, one of the user's own is asked for.
# (Nothing is remembered of what other tests have named.)
remembered=${XDG_CACHE_HOME-}
export XDG_CACHE_HOME=$work/nothing-remembered
shelf=$(dirname "$strata")/../lib/strata/plugins own=$(dirname "$strata")/../tests/host/plugins/twin/twin.so
cp "$shelf/length_ratio.so" "$work/mine.so"
succeeds train "$work/par.json" --output "$work/copied" --quiet --set "plugins=[\"$work/mine.so\"]" --set 'train.metrics=["loss","length_ratio"]'
rm "$work/mine.so"
succeeds translate "$work/copied"
if [ -e "$own" ]; then
  cp "$own" "$work/mine.so"
  succeeds train "$work/par.json" --output "$work/needs" --quiet --set "plugins=[\"$work/mine.so\"]"
  succeeds translate "$work/needs"
  mv "$work/mine.so" "$work/other.so"
  guard=$work/needs
  for verb in translate classify eval tokenize; do
    refuses 6 "needs/checkpoint-4/config.json:/plugins/0: plugin \"twin\" 1.0 is not installed" $verb "$work/needs"
  done
  head -c 3000 "$work/other.so" >"$work/mine.so"
  refuses 6 'error[E_PLUGIN_UNTRUSTED]' translate "$work/needs"
  refuses 6 'error[E_PLUGIN_FILE]' translate "$work/needs" --plugin "$work/mine.so"
  succeeds translate "$work/needs" --plugin "$work/other.so"
else
  skip "a plugin that is not installed stands in a build tree, and $strata is of none"
fi
[ -n "$remembered" ] && XDG_CACHE_HOME=$remembered || unset XDG_CACHE_HOME
guard=$par
mkdir -p "$work/tree/lib/strata/plugins" "$work/tree/bin"
cp -r "$shelf/../tools" "$work/tree/lib/strata/"
cp "$strata" "$work/tree/bin/strata" && cp -P "$(dirname "$strata")"/../lib/libstrata*.so* "$work/tree/lib/"
cp "$shelf"/*.so "$shelf"/*.json "$work/tree/lib/strata/plugins/" && rm "$work/tree/lib/strata/plugins"/attention.*
whole_strata=$strata strata=$work/tree/bin/strata
refuses_at 3 E_CONFIG_COMPONENT "$par/checkpoint-4/config.json:/model/decoder/attention/type" 'no attention is called "additive"' translate "$par" --checkpoint latest
strata=$whole_strata
guard=''
