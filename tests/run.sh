#!/usr/bin/env bash
# The README's second command: sets up, builds the release tree and runs its tests. With --full also the slow ones (the guide
# word for word, the bundle in a bare root, damaged plugins 50 times each); a closing line says what was left out otherwise.
# With --ci the checks of a change, each test in one tree: numerics as released, logic under the address sanitizer, threads
# under theirs, the sources by format, tidy, the second compiler and the ladder of the rooms. Each check prints its time, its
# words lie in build/ci/*.log.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=${1-}
case "$mode" in
  '' | --full | --ci) ;;
  *)
    echo "usage: $0 [--full | --ci]" >&2
    exit 2
    ;;
esac
if [ -z "${STRATA_DATA-}" ] && [ -d ../shared/data ]; then
  STRATA_DATA=$(cd ../shared/data && pwd)
  export STRATA_DATA
fi
# The leak checker of g++ 12 fails on threads whose thread-local storage is in a plugin unless told to leave that alone.
export ASAN_OPTIONS=${ASAN_OPTIONS-intercept_tls_get_addr=0}
export BOOST_TEST_REPORT_LEVEL=short BOOST_TEST_COLOR_OUTPUT=no

# Two tests at a time: much of one is a wait for a process of its own, and what has threads has few.
beside=(--parallel 2)

# Sums what the tests of a build tree say of themselves (Boost.Test's closing lines, which the shell tests print too): one
# line "passed failed", then one line a skip. A ctest entry without such lines counts as one test.
summary() {
  [ -f "$1/Testing/Temporary/LastTest.log" ] || { echo 0 0 && return; }
  awk '
    function close_entry() {
      if (name == "") return
      if (!all) { if (fine) ++passed; else ++failed; return }
      passed += good
      failed += all - good - left_out
      if (!fine && all == good + left_out) ++failed
    }
    /^[0-9]+\/[0-9]+ Testing: / { close_entry(); name = $3; all = good = left_out = fine = 0 }
    /^ +[0-9]+ test cases? out of [0-9]+ (passed|failed|skipped)/ {
      all = $6
      if ($7 == "passed") good = $1
      if ($7 == "skipped") left_out = $1
    }
    /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { good = $1; left_out = $5; all = $1 + $3 + $5 } # gpu.sh
    /^ *skip: / { sub(/^ *skip: /, ""); skips[++count] = name ": " $0 }
    /^Test (Passed|Skipped)\.$/ { fine = 1 }
    END {
      close_entry()
      print passed + 0, failed + 0
      for (i = 1; i <= count; ++i) print skips[i]
    }' "$1/Testing/Temporary/LastTest.log"
}

# Prints the count and the skips of a build tree; its last line is "N passed, M failed".
say_summary() {
  local sums passed failed skips
  sums=$(summary "$1")
  read -r passed failed <<<"$sums"
  skips=$(tail -n +2 <<<"$sums")
  echo
  echo "tests run: $((passed + failed)), skipped: $(printf '%s' "$skips" | grep -c . || true)"
  [ -z "$skips" ] || printf '%s\n' "$skips" | sed 's/^/  skipped: /'
  echo "$passed passed, $failed failed"
}

# A GPU's code is built where there is one to run it; elsewhere it is enough that it can be built.
card=()
if ! [ -e /dev/nvidiactl ]; then card=(-DSTRATA_CUDA_ARCHITECTURES=90-virtual); fi

if [ "$mode" != --ci ]; then
  bash cmake/install-dependencies.sh
  cmake --preset release "${card[@]}" >/dev/null
  cmake --build --preset release
  status=0
  slow=(--label-exclude slow)
  if [ "$mode" = --full ]; then
    export STRATA_HOST_ROUNDS=50
    slow=()
  fi
  ctest --test-dir build/release "${beside[@]}" --output-on-failure --no-tests=error ${slow[@]+"${slow[@]}"} || status=$?
  say_summary build/release
  [ "$mode" = --full ] || echo "left to --full: $(ctest --test-dir build/release -N --label-regex slow | awk '/Test +#/ { print $3 }' | paste -sd ' ') and 45 of 50 rounds of damaged plugins"
  exit "$status"
fi

# --- the checks of CI ------------------------------------------------------------------------------------------------

mkdir -p build/ci
failures=()

# check NAME COMMAND...: runs it into its log; prints the result, the time, and the log's end when it failed.
check() {
  local name=$1 start=$SECONDS status=0
  shift
  "$@" >"build/ci/$name.log" 2>&1 </dev/null || status=$?
  if [ "$status" = 0 ]; then
    printf '%-14s ok, %d s  %s\n' "$name" $((SECONDS - start)) "$(sed -n 's/^note: //p' "build/ci/$name.log" | tail -n 1)"
  else
    printf '%-14s FAILED (exit %d), %d s\n' "$name" "$status" $((SECONDS - start))
    tail -n 80 "build/ci/$name.log" | sed 's/^/    /'
    failures+=("$name")
  fi
  return 0
}

# configure PRESET [cmake options]; build PRESET TARGETS...
configure() { cmake --preset "$1" -B "build/ci/$1" -DSTRATA_WERROR=ON "${@:2}"; }
build() { cmake --build "build/ci/$1" --target "${@:2}"; }

# run_tests PRESET [ctest options]
run_tests() {
  local preset=$1 status=0 passed failed
  shift
  ctest --test-dir "build/ci/$preset" "${beside[@]}" --output-on-failure --no-tests=error "$@" || status=$?
  read -r passed failed <<<"$(summary "build/ci/$preset")"
  echo "note: $passed passed, $failed failed"
  return "$status"
}

# The files of the commits since `base`, the newest first, and what is not committed, as far as they still exist.
changed() {
  { git diff --name-only HEAD && git log --name-only --format= "$base..HEAD"; } |
    awk 'NF && !seen[$0]++' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done
}

# The .cpp files that a change reaches: those that changed, and those that include what changed, to any depth.
reached() {
  if grep -qE '(^|/)CMakeLists\.txt$|^cmake/|^\.clang-tidy$|^CMakePresets\.json$' <(changed); then
    git ls-files '*.cpp'
    return
  fi
  awk '
    NR == FNR { reached[$0] = 1; next }
    { split($0, part, ":"); split($0, quoted, /["<>]/); ++count; from[count] = part[1]; to[count] = quoted[2] }
    END {
      do {
        more = 0
        delete ends
        for (file in reached) { # an include names the end of a path
          path = file
          ends[path] = 1
          while (sub(/^[^\/]*\//, "", path)) ends[path] = 1
        }
        for (i = 1; i <= count; ++i)
          if (!(from[i] in reached)) {
            name = to[i]
            while (sub(/^\.\.\//, "", name)) { }
            if (name in ends) { reached[from[i]] = 1; more = 1 }
          }
      } while (more)
      for (file in reached) if (file ~ /\.cpp$/) print file
    }' <(changed) <(git grep -E '^ *# *include ["<]' -- '*.cpp' '*.hpp' '*.cu' '*.h') | sort
}

# Compilations of the second compiler's tree, a line each: file, tab, command.
commands() {
  awk -F'"' '
    /"command":/ { sub(/^ *"command": "/, ""); sub(/",?$/, ""); gsub(/\\"/, "\""); gsub(/\\\\/, "\\"); command = $0 }
    /"file":/ { print $4 "\t" command }' "build/ci/$1/compile_commands.json"
}

format() {
  git ls-files '*.cpp' '*.hpp' '*.cu' | xargs -P "$(nproc)" -n 40 clang-format-14 --dry-run --Werror ||
    { echo "clang-format-14 -i FILE does it" && return 1; }
}

# The reference of the public headers; a public symbol without words fails it. The count shows that there was something.
docs() {
  local pages
  build release docs || return
  pages=$(find build/ci/release/docs/html -name 'classstrata*.html' -o -name 'structstrata*.html' | grep -vc -- '-members')
  echo "note: $pages classes"
  [ "$pages" -ge 100 ]
}

# The second compiler reads what a change reaches; nothing of it is run, so nothing is built.
clang() {
  local status=0
  configure clang -DCMAKE_BUILD_TYPE=Debug -DSTRATA_PCH=OFF "${cuda[@]}" || return
  commands clang >build/ci/clang.commands
  awk -F'\t' -v root="$PWD/" '
    NR == FNR { wanted[root $0] = 1; next }
    $1 in wanted && !($2 ~ / -o tests\// && done[$1]) { # a file is read for each instruction set, but not for each variant of a test
      done[$1] = 1
      sub(/^.*ccache /, "", $2)
      sub(/ -o [^ ]+/, "", $2)
      print $2 " -fsyntax-only"
    }' \
    build/ci/reached build/ci/clang.commands >build/ci/clang.todo
  (cd build/ci/clang && xargs -r -d '\n' -P "$(nproc)" -I{} bash -c '{}' <../clang.todo) || status=$?
  echo "note: $(wc -l <build/ci/clang.todo) compilations; the change reaches $(wc -l <build/ci/reached) of $(git ls-files '*.cpp' | wc -l) files"
  return "$status"
}

# Takes no new file after four minutes: what a commit changes is checked, whole trees are not.
tidy() {
  local files status=0
  files=$(changed | grep '\.cpp$' || true)
  : >build/ci/tidy.done
  TIDY_END=$(($(date +%s) + 240)) xargs -r -P "$(nproc)" -I{} bash -c '
    [ "$(date +%s)" -lt "$TIDY_END" ] && grep -qF "/{}\"" build/ci/clang/compile_commands.json || exit 0
    echo "{}" >>build/ci/tidy.done
    clang-tidy-14 --quiet --warnings-as-errors="*" -p build/ci/clang "{}"' <<<"$files" || status=$?
  echo "note: $(wc -l <build/ci/tidy.done) of $(grep -c . <<<"$files") changed files"
  return "$status"
}

bash cmake/install-dependencies.sh --ci

# Commits that are not on the main line yet; on it: its last 20.
base=$(git merge-base HEAD origin/main 2>/dev/null || true)
if [ -z "$base" ] || [ "$base" = "$(git rev-parse HEAD)" ]; then
  base=$(git rev-list --first-parent -n 20 HEAD | tail -n 1)
fi
reached >build/ci/reached

# The CUDA parts are built and tested where a change reaches them.
cuda=("${card[@]}")
if ! grep -qE '^(plugins/backends/cuda|tests/cuda)/' build/ci/reached && ! grep -q '\.cu$' <(changed); then
  cuda=(-DSTRATA_CUDA=OFF)
  echo "cuda: left out, as nothing that it depends on changed since $(git rev-parse --short "$base")"
fi

check format format
check ladder bash tests/ladder/ladder.sh
check configure configure release "${cuda[@]}"
check docs docs
check release build release numerics_tests
check tests run_tests release --label-regex numerics --label-exclude slow
check abi bash tests/abi/abi.sh build/ci/release
check clang clang
check tidy tidy
check asan eval 'configure asan -DSTRATA_CUDA=OFF && build asan logic_tests'
check asan-tests run_tests asan --label-regex logic
check tsan eval 'configure tsan -DSTRATA_CUDA=OFF && build tsan threads_tests'
check tsan-tests run_tests tsan --tests-regex '^threads$'

for tree in release asan tsan; do
  echo
  printf '%s: ' "$tree"
  say_summary "build/ci/$tree" | sed '1d;$d'
done
printf 'all checks: %d s\n' "$SECONDS"
if [ ${#failures[@]} -gt 0 ]; then
  echo "failed: ${failures[*]}"
  exit 1
fi
echo "$(summary build/ci/release | head -n 1) $(summary build/ci/asan | head -n 1) $(summary build/ci/tsan | head -n 1)" |
  awk '{ print $1 + $3 + $5 " passed, " $2 + $4 + $6 " failed" }'
