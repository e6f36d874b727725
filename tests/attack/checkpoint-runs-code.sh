#!/usr/bin/env bash
# A checkpoint is data: whatever its config.json names, no library is loaded that this user has not named before, no link is
# followed, and no file is read that its manifest leaves out. usage: checkpoint-runs-code.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
built=$(dirname "$strata")/../tests/host/plugins
if [ ! -e "$built/early/early.so" ]; then
  skip "the tests' plugins stand in a build tree, and $strata is of none"
  finish
  exit
fi
export XDG_CACHE_HOME=$work/cache
library=$built/early/early.so # it writes CODE_RAN when it is loaded
sum=$(sha256sum <"$library" | cut -d ' ' -f 1)
echo 'le 3 mars 2021' >line

# Only the names that a checkpoint may have of it: relative, absolute, bare, through a link; under "plugins" as a file, under
# "plugins" as a record, under "strata" as the record of an old checkpoint, and in each of them at once.
put_plugins() { # FOLDER JSON_OF_PLUGINS JSON_OF_STRATA_PLUGINS
  sed -i -E -z "s|\"plugins\": *\[[^]]*\](,\s*\"device\")|\"plugins\": $2\1|; s|(\"strata\": *\{.*\"plugins\": *)\[[^]]*\]|\1$3|" "$1/config.json"
  remanifest "$1"
}
tries=0
attempt() { # NAME JSON_OF_PLUGINS JSON_OF_STRATA_PLUGINS
  local name=$1 verb
  rm -rf theirs CODE_RAN
  cp -r run theirs
  cp "$library" theirs/latest/early.so
  ln -sf "$(realpath "$library")" theirs/latest/linked.so
  put_plugins "theirs/latest" "$2" "$3"
  grep -q early theirs/latest/config.json || grep -q linked theirs/latest/config.json || fail "$name" 'the case is not planted'
  for verb in translate eval tokenize 'average theirs/latest --output mean' 'quantize --output small'; do
    tries=$((tries + 1))
    # shellcheck disable=SC2086
    set -- $verb
    case $1 in
      average) set -- "$@" ;;
      translate | tokenize) set -- "$1" theirs line ;;
      *) set -- "$1" theirs/latest "${@:2}" ;;
    esac
    if [ "$name" = 'strata alone' ]; then
      "$strata" "$@" >out 2>err </dev/null
    else
      refuses 6 'error[E_PLUGIN_UNTRUSTED] ' "$@"
      grep -q -- '--plugin FILE' "$work/err" || fail "$name" "the line names no way: $(cat "$work/err")"
    fi
    [ ! -e CODE_RAN ] || fail "$name, $1" 'its code ran'
  done
}
old='{"name": "early", "version": "0.1.0", "file": "FILE", "sha256": "'$sum'"}'
for file in theirs/latest/early.so "$PWD/theirs/latest/early.so" early.so theirs/latest/linked.so; do
  attempt "$file" "[\"$file\"]" "[${old/FILE/$file}]"
  attempt "$file without a record" "[\"$file\"]" '[]'
done
attempt 'a record' "[{\"name\": \"early\", \"version\": \"0.1.0\", \"sha256\": \"$sum\"}]" '[]'
attempt 'strata alone' '[]' "[${old/FILE/$PWD/theirs/latest/early.so}]"
echo "  code ran in 0 of $tries tries"

# The same as a recipe for training.
rm -rf theirs && cp -r run theirs
put_plugins theirs/latest "[\"$PWD/early.so\"]" '[]'
cp "$library" early.so
refuses 6 E_PLUGIN_UNTRUSTED train theirs/latest/config.json --output again
check 'a config.json as a recipe runs nothing' test ! -e CODE_RAN

# What this user names is found again by what it holds, wherever the checkpoint came from, and by nothing else.
succeeds train tiny.json --output named --plugin ./early.so --quiet
check 'the checkpoint names no file' sh -c '! grep -q "\.so" named/latest/*.json'
check 'no path of this machine is in the run' sh -c "! grep -rIl -- '$PWD' named"
succeeds translate named line
mv named given-away
succeeds translate given-away line
XDG_CACHE_HOME=$work/other refuses 6 'E_PLUGIN_UNTRUSTED' translate given-away line
XDG_CACHE_HOME=$work/other succeeds translate given-away line --plugin ./early.so
XDG_CACHE_HOME=$work/other succeeds translate given-away line
cp early.so kept.so
printf 'x' >>early.so # another library under the name that was named
refuses 6 'E_PLUGIN_UNTRUSTED' translate given-away line
chmod o+w cache/strata/probes.json # what others may write says nothing
mv kept.so early.so
refuses 6 'E_PLUGIN_UNTRUSTED' translate given-away line

# Links, and files that the manifest leaves out.
spoiled() { # WHAT TEXT: theirs is a copy of run/latest that refuses to be read
  refuses 5 "$2" translate theirs line
}
for file in model.safetensors config.json source.vocab.txt manifest.json; do
  rm -rf theirs && cp -rH run/latest theirs
  mv "theirs/$file" "elsewhere-$file" && ln -s "$PWD/elsewhere-$file" "theirs/$file"
  spoiled "$file is a link" 'is a link, which is not followed'
done
for file in model.safetensors config.json source.vocab.txt trainer_state.json; do
  rm -rf theirs && cp -rH run/latest theirs
  sed -i -E -z "s/\"${file//./\\.}\": *\{[^}]*\},?//; s/,(\s*\})/\1/g" theirs/manifest.json
  spoiled "$file is not in the manifest" "is not in the checkpoint's manifest.json"
done
rm -rf theirs && cp -rH run/latest theirs
echo 'trained on dates' >theirs/README.md # notes are no part of it
succeeds translate theirs line
finish
