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

if grep -rlE '#include <(boost|fmt|dnnl|oneapi|pcre2|utf8proc)' "$prefix/include"; then
  echo "a public header includes a third party"
  exit 1
fi
passed "public headers include no third party"

cmake -S "$here/plugin" -B "$work/plugin" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$prefix" \
  -DSTRATA_EXAMPLES="$examples" >"$work/log" 2>&1 &&
  cmake --build "$work/plugin" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
passed "find_package and strata_add_plugin"

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

run plugins show metric/length_ratio --plugin "$work/plugin/length_ratio.so" | grep -qF "$work/plugin/length_ratio.so"
run plugins --plugin-path "$work/plugin" | grep -q '^metric/length_ratio'
passed "it loads the plugin that was built outside"

run plugins doctor "$work"/plugin/*.so >"$work/log" || { cat "$work/log"; exit 1; }
[ "$(grep -c 'verdict       yes' "$work/log")" = "$(find "$examples" -name '*.cpp' | wc -l)" ]
passed "every example builds outside, and the doctor says yes to it"

run plugins test "$work/plugin/linear_attention.so" --skip-training >"$work/log" || { cat "$work/log"; exit 1; }
passed "an attention that was built outside keeps what its role promises"

echo "  $cases test cases out of $cases passed"
