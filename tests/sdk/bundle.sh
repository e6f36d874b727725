#!/usr/bin/env bash
# The tarball of a bundle (cmake/StrataBundle.cmake): unpacked anywhere, it runs on a system that has glibc and nothing else.
# usage: bundle.sh BUILD_FOLDER
set -eu
export LC_ALL=C
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases=0

passed() {
  cases=$((cases + 1))
  echo "ok: $1"
}

if ! command -v patchelf >/dev/null; then
  echo "skip: patchelf is not here, so no bundle is made"
  exit 0
fi
start=$SECONDS
cpack --config "$build/CPackConfig.cmake" -B "$work/packed" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
tarball=$(echo "$work"/packed/*.tar.gz)
size=$(stat -c %s "$tarball")
[ "$size" -lt $((60 << 20)) ] || { echo "FAILED: $(basename "$tarball") has $size bytes"; exit 1; }
passed "$(basename "$tarball"): $(((size + (1 << 19)) >> 20)) MiB in $((SECONDS - start)) s"

mkdir "$work/elsewhere"
tar -xzf "$tarball" -C "$work/elsewhere"
bundle=$(echo "$work"/elsewhere/*)
rm -rf "$work/packed"

# Every file by itself: what it needs lies where it looks, inside of the bundle, or is glibc's.
glibc='^\(ld-linux-.*\|lib\(c\|m\|mvec\|dl\|rt\|pthread\|resolv\|util\|anl\)\)\.so\.[0-9]*$'
files=0 newest=0
while read -r file; do
  [ "$(head -c 4 "$file")" = $'\x7fELF' ] || continue
  files=$((files + 1))
  readelf -dW "$file" >"$work/dynamic"
  path=$(sed -n 's/.*(RUNPATH).*\[\(.*\)\]$/\1/p' "$work/dynamic")
  case "$path" in
    "\$ORIGIN"*:*) path= ;;
    "\$ORIGIN"*) path=$(realpath "$(dirname "$file")${path#"\$ORIGIN"}") ;;
    *) path= ;;
  esac
  for name in $(sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' "$work/dynamic" | grep -v "$glibc"); do
    [ "${path#"$bundle/"}" != "$path" ] && [ -e "$path/$name" ] || { echo "FAILED: $file needs $name, its RUNPATH is '$path'"; exit 1; }
  done
  version=$(readelf -VW "$file" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1)
  newest=$(printf '%s\n' "$newest" "$version" | sort -V | tail -n 1)
done < <(find "$bundle/bin" "$bundle/lib" -type f)
[ "$files" -gt 20 ]
passed "$files programs and libraries need nothing but each other and glibc $newest"

# What a process really loads, its probes too, in an environment without a path of ours.
bundled() {
  rm -f "$work"/loads.*
  (cd / && env -i PATH=/usr/bin:/bin XDG_CACHE_HOME="$work/cache" LD_DEBUG=files LD_DEBUG_OUTPUT="$work/loads" \
    "$bundle/bin/strata" "$@") >"$work/out" 2>"$work/log" || { cat "$work/log"; exit 1; }
  sed -n 's/.*calling init: //p' "$work"/loads.* | sort -u >"$work/loaded"
  [ -s "$work/loaded" ]
  if grep -v "^$bundle/" "$work/loaded" | sed 's,.*/,,' | grep -v "$glibc"; then
    echo "FAILED: strata $* loaded these from outside of the bundle"
    exit 1
  fi
}
recipe=$bundle/share/strata/recipes/seq2seq/dates.json
few=(--set train.max_updates=3 --set data.train=400 --set data.valid=4 --quiet)
bundled devices
grep -q '^cpu ' "$work/out"
bundled plugins
grep -q '^tokenizer/word' "$work/out"
bundled plugins doctor "$bundle"/lib/strata/plugins/*.so
[ "$(grep -c 'verdict       yes' "$work/out")" = "$(find "$bundle/lib/strata/plugins" -name '*.so' | wc -l)" ]
bundled train "$recipe" --output "$work/run" "${few[@]}"
[ -e "$work/run/latest" ]
passed "moved, it lists devices and plugins and trains; $(wc -l <"$work/loaded") libraries of a training are its own or glibc's"

# And in a root that has glibc and nothing else.
mkdir -p "$work/root/proc" "$work/root/dev" "$work/root/tmp"
for library in $(grep -v "^$bundle/" "$work/loaded"); do
  mkdir -p "$work/root$(dirname "$library")"
  cp -L "$library" "$work/root$library"
done
apart() { unshare --user --map-root-user --mount --pid --fork "$@"; }
in_bare_root() {
  apart bash -c 'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" /bundle/bin/strata "$@"' "$work/root" "$@"
}
mv "$bundle" "$work/root/bundle"
if apart mount --rbind /proc "$work/root/proc" 2>/dev/null; then
  in_bare_root devices >"$work/out" 2>"$work/log" && grep -q '^cpu ' "$work/out" &&
    in_bare_root plugins doctor /bundle/lib/strata/plugins/onednn.so >"$work/out" 2>"$work/log" && grep -q 'verdict       yes' "$work/out" &&
    in_bare_root train /bundle/share/strata/recipes/seq2seq/dates.json --output /tmp/run "${few[@]}" >"$work/out" 2>"$work/log" ||
    { cat "$work/out" "$work/log"; exit 1; }
  cmp "$work/run/latest/model.safetensors" "$work/root/tmp/run/latest/model.safetensors"
  passed "in a root with $(find "$work/root" -path "$work/root/bundle" -prune -o -name '*.so*' -print | wc -l) files of glibc it trains to the same bytes"
else
  echo "skip: user namespaces are not allowed here, so there is no root without libraries"
fi

env CUDA_VISIBLE_DEVICES= bash "$work/root/bundle/tests/gpu.sh" >"$work/out"
tail -n 1 "$work/out" | grep -q '^0 passed, 0 failed, [1-9][0-9]* skipped$'
[ "$(grep -c '^skip: .*: ' "$work/out")" = "$(tail -n 1 "$work/out" | sed 's/.*, \([0-9]*\) skipped/\1/')" ]
passed "its tests/gpu.sh without a GPU: $(tail -n 1 "$work/out")"

echo "  $cases test cases out of $cases passed"
