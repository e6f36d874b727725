# Sourced by every attack: `strata` is the program, `work` a fresh folder that is the current one, ./run a tiny trained run.
# usage of an attack: NAME.sh STRATA_BINARY
set -u
strata=$(realpath "$1")
attack=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sources=$(cd "$attack/../.." && pwd)
work=$(mktemp -d)
trap 'cd /; rm -rf "$work"' EXIT
cd "$work" || exit 1
. "$attack/../cases.sh"

cat >tiny.json <<'J'
{ "data": { "type": "samples", "name": "dates", "train": 200, "valid": 20, "test": 20 },
  "tokenizer": { "type": "word", "split": "symbols" },
  "model": { "type": "seq2seq", "embedding": 8, "dropout": 0.1, "encoder": { "hidden": 8, "bidirectional": true },
             "decoder": { "hidden": 8, "attention": "additive" } },
  "feed": { "type": "pairs", "batch": { "tokens": 400 } },
  "train": { "type": "supervised", "max_updates": 12, "checkpoint_every": 4 } }
J
"$strata" train tiny.json --output run --quiet || { echo "the tiny run failed" && exit 1; }

# remanifest FOLDER: its manifest vouches for the files as they are now, as somebody who hands out a folder can write it.
remanifest() {
  local file entry from
  for file in $(grep -oE '"[^"/]+": *\{' "$1/manifest.json" | cut -d '"' -f 2); do
    [ -f "$1/$file" ] || continue # "files" itself
    entry="\"size\": $(stat -c %s "$1/$file"), \"sha256\": \"$(sha256sum <"$1/$file" | cut -d ' ' -f 1)\""
    from="\"${file//./\\.}\": *\{[^}]*\}"
    sed -i -E -z "s/$from/\"$file\": { $entry }/" "$1/manifest.json"
  done
}

# sanitized: whether the program was built with a sanitizer, which takes memory of its own.
sanitized() {
  LC_ALL=C grep -qaE '__(a|t|m)san_init' "$strata"
}

# needs ARGUMENTS...: the least address space, in steps of 16 MiB, with which the verb succeeds.
needs() {
  local mebibytes=32
  until (ulimit -v $((mebibytes * 1024)) && "$strata" "$@" --quiet) </dev/null >/dev/null 2>&1; do
    mebibytes=$((mebibytes + 16))
    [ "$mebibytes" -lt 4096 ] || break
  done
  echo "$mebibytes"
}

# refuses_within MEBIBYTES EXIT TEXT ARGUMENTS...: as refuses, with that much address space.
refuses_within() {
  local mebibytes=$1
  shift
  (
    failed=0 cases=0
    ulimit -v $((mebibytes * 1024))
    refuses "$@"
    exit "$failed"
  ) || failed=$((failed + 1))
  cases=$((cases + 1))
}

# check WHAT COMMAND...: one case; the command must succeed.
check() {
  local what=$1
  shift
  cases=$((cases + 1))
  "$@" || fail "$what" "not so: $*"
}
