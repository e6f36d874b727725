#!/usr/bin/env bash
# The installed tree works by itself: the program runs from its prefix, and a plugin is built out of tree against the
# package, by CMake and by pkg-config alone.
# usage: install.sh BUILD_FOLDER CXX_COMPILER
set -eu
build=$1 compiler=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
examples=$(cd "$here/../../plugins/examples" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
cases=0

passed() {
  cases=$((cases + 1))
  echo "ok: $1"
}

cmake --install "$build" --prefix "$prefix" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
[ ! -d "$prefix/include/boost" ]
passed "cmake --install"

mv "$prefix" "$work/moved" # nothing may point to where it was installed first
prefix=$work/moved
(cd / && env -i PATH=/usr/bin:/bin "$prefix/bin/strata" version) | grep -q '^strata 0\.'
passed "the program runs from a prefix that was moved"

if grep -rlE '#include <(boost|fmt|dnnl|oneapi|pcre2|utf8proc|zlib)' "$prefix/include"; then
  echo "a public header includes a third party"
  exit 1
fi
passed "public headers include no third party"

cmake -S "$here/plugin" -B "$work/plugin" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$prefix" \
  -DSTRATA_EXAMPLES="$examples" >"$work/log" 2>&1 &&
  cmake --build "$work/plugin" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
passed "find_package and strata_add_plugin"

if grep -q 'CUDA part is left out: .*/swish_kernel.cu' "$work/log"; then
  echo "skip: there is no nvcc, so no example is built with its CUDA kernel"
else
  grep -q '"own-kernels/cuda/swish"' "$work/plugin/swish_kernel.plugin.json"
  passed "an example with a CUDA kernel, by nvcc"
fi

grep -q '"name": "length_ratio"' "$work/plugin/length_ratio.plugin.json"
passed "its manifest stands beside it"

[ "$(nm -D --defined-only "$work/plugin/length_ratio.so" | awk '{ print $3 }')" = strata_plugin_v1 ]
passed "it exports the one symbol of the plugin door"

flags=$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --cflags --libs strata)
# shellcheck disable=SC2086
"$compiler" -shared -fPIC -fvisibility=hidden -Wl,--no-undefined -o "$work/by_hand.so" "$examples/length_ratio.cpp" $flags
passed "pkg-config"

run() { (cd / && env -i PATH=/usr/bin:/bin "$prefix/bin/strata" "$@"); }
run plugins show tokenizer/bpe | grep -qF "$prefix/"
passed "the installed program finds the installed plugins"

# Installing has changed their search paths; stripping takes more away.
strip "$prefix"/lib/strata/plugins/*.so
run plugins doctor "$prefix"/lib/strata/plugins/*.so >"$work/log" || { cat "$work/log"; exit 1; }
passed "installed and stripped, they are still what their manifests were made of"

# What was trained in the build tree is answered by the installed and stripped copy without a word: it is the same code.
cat >"$work/tiny.json" <<'J'
{ "data": { "type": "samples", "name": "dates", "train": 200, "valid": 20, "test": 20 },
  "tokenizer": { "type": "word", "split": "symbols" },
  "model": { "type": "seq2seq", "embedding": 8, "encoder": { "hidden": 8 }, "decoder": { "hidden": 8, "attention": "additive" } },
  "feed": { "type": "pairs", "batch": { "tokens": 400 } },
  "train": { "type": "supervised", "max_updates": 4 } }
J
"$build/bin/strata" train "$work/tiny.json" --output "$work/run" --quiet
echo 'le 3 mars 2021' >"$work/line"
run translate "$work/run" "$work/line" >"$work/out" 2>"$work/log"
run eval "$work/run" >>"$work/out" 2>>"$work/log"
run train "$work/tiny.json" --output "$work/run" --set train.max_updates=5 >>"$work/out" 2>>"$work/log"
if grep "warning.*plugin" "$work/log"; then
  echo "FAILED: the installed program warns of plugins that are the same"
  exit 1
fi
# A plugin that is another one is named, with others in one line.
sed -i -E 's/("sha256": ")[0-9a-f]/\1x/' "$work/run/latest/config.json"
sum=$(sha256sum <"$work/run/latest/config.json" | cut -d ' ' -f 1) size=$(stat -c %s "$work/run/latest/config.json")
sed -i -E -z "s/\"config\.json\": *\{[^}]*\}/\"config.json\": { \"size\": $size, \"sha256\": \"$sum\" }/" "$work/run/latest/manifest.json"
run translate "$work/run/latest" "$work/line" >"$work/out" 2>"$work/log"
[ "$(grep -c 'warning.*plugin' "$work/log")" = 1 ]
grep -q 'warning: plugins .* are not those that .* was made with: results may differ' "$work/log"
if grep -E 'warning: .*(samples-dataset|adam|sgd|schedules) ' "$work/log"; then
  echo "FAILED: the warning names plugins that translating does not use"
  exit 1
fi
passed "it answers with what the build tree trained and warns of nothing; of other plugins in one line"

run plugins show metric/length_ratio --plugin "$work/plugin/length_ratio.so" | grep -qF "$work/plugin/length_ratio.so"
run plugins --plugin-path "$work/plugin" | grep -q '^metric/length_ratio'
passed "it loads the plugin that was built outside"

# Positions of a stranger train in a model of ours, and are refused by name by an attention that would not call them.
cat >"$work/gpt.json" <<'J'
{ "data": { "type": "samples", "name": "dates", "train": 200, "valid": 20, "test": 20 },
  "tokenizer": "characters",
  "model": { "type": "gpt", "width": 16, "layers": 1, "heads": 2, "context": 32, "positions": "relative_bias" },
  "feed": { "type": "packed", "field": "source", "window": 32, "batch_size": 8 },
  "train": { "type": "supervised", "max_updates": 4 } }
J
positions=(--plugin "$work/plugin/relative_bias.so")
run train "$work/gpt.json" --output "$work/gpt" --quiet "${positions[@]}" >"$work/out" 2>"$work/log" || { cat "$work/log"; exit 1; }
run generate "$work/gpt" --prompt 'le 3' --max-tokens 4 "${positions[@]}" >"$work/out" 2>"$work/log" || { cat "$work/log"; exit 1; }
if run train "$work/gpt.json" --output "$work/refused" --set model.attention=local_window "${positions[@]}" >"$work/out" 2>"$work/log"; then
  echo "FAILED: an attention without biases takes positions that bias its scores"
  exit 1
fi
grep -q "E_MODEL_POSITIONS.*'relative_bias'.*'local_window'" "$work/log" || { cat "$work/log"; exit 1; }
passed "a stranger's positions train in gpt, and are refused where nothing would call them"

# Every example, built outside by the compiler of the host and by the other one, in this same host.
count=$(find "$examples" -name '*.cpp' | wc -l)
in_this_host() {
  run plugins doctor "$1"/*.so >"$work/log" || { cat "$work/log"; exit 1; }
  [ "$(grep -c 'verdict       yes' "$work/log")" = "$count" ]
  for library in "$1"/*.so; do
    if [ "$(basename "$library")" = relative_bias.so ]; then
      echo "  relative_bias.so: there are no checks for the role positional; it was trained above"
      continue
    fi
    run plugins test "$library" --skip-training >"$work/log" || { cat "$work/log"; exit 1; }
    echo "  $(basename "$library"): $(tail -n 1 "$work/log")"
  done
}
in_this_host "$work/plugin"
passed "$count examples built outside by $compiler: the doctor says yes, and they keep what their roles promise"

other=clang++-14
case "$compiler" in *clang*) other=g++ ;; esac
if command -v "$other" >/dev/null; then
  cmake -S "$here/plugin" -B "$work/other" -G Ninja -DCMAKE_CXX_COMPILER="$other" -DCMAKE_PREFIX_PATH="$prefix" \
    -DSTRATA_EXAMPLES="$examples" >"$work/log" 2>&1 && cmake --build "$work/other" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  in_this_host "$work/other"
  passed "$count examples built outside by $other run in the host built by $compiler"
else
  echo "skip: $other is not here, so no plugin of another compiler is run"
fi

# Without CUDA the .cu part is left out, which CMake says; with nvcc (here a stand-in) it is compiled and linked.
echo 'void nothing() {}' >"$work/nothing.cpp"
"$compiler" -c -fPIC -o "$work/nothing.o" "$work/nothing.cpp" && ar rcs "$work/libcudart_static.a" "$work/nothing.o"
cuda() {
  cmake -S "$here/cuda" -B "$work/$1" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$prefix" "${@:2}" >"$work/log" 2>&1 &&
    cmake --build "$work/$1" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}
cuda without -DSTRATA_CUDA=OFF
grep -q 'CUDA part is left out: device_part.cu' "$work/log"
run plugins --plugin-path "$work/without" | grep -q '^metric/without_device_part'
cuda with -DSTRATA_NVCC="$here/cuda/nvcc" -DSTRATA_CUDART="$work/libcudart_static.a"
run plugins --plugin-path "$work/with" | grep -q '^metric/with_device_part'
passed "a plugin with a .cu part, with nvcc and without"

echo "  $cases test cases out of $cases passed"
