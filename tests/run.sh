#!/usr/bin/env bash
# The README's second command: sets up, builds and runs every test. With --ci also format, the reference of the headers,
# clang-tidy, a clang build, both sanitizer builds; each check prints its time, its words lie in build/ci/*.log.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1-}" in
  '') ci=false ;;
  --ci) ci=true ;;
  *)
    echo "usage: $0 [--ci]" >&2
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

if ! $ci; then
  bash cmake/install-dependencies.sh
  cmake --preset release >/dev/null
  cmake --build --preset release
  status=0
  ctest --test-dir build/release "${beside[@]}" --output-on-failure --no-tests=error || status=$?
  say_summary build/release
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

# build PRESET TARGET [cmake options]
build() {
  cmake --preset "$1" -B "build/ci/$1" -DSTRATA_WERROR=ON "${@:3}" && cmake --build "build/ci/$1" --target "$2"
}

# run_tests PRESET [ctest options]
run_tests() {
  local preset=$1 status=0 passed failed
  shift
  ctest --test-dir "build/ci/$preset" "${beside[@]}" --output-on-failure --no-tests=error "$@" || status=$?
  read -r passed failed <<<"$(summary "build/ci/$preset")"
  echo "note: $passed passed, $failed failed"
  return "$status"
}

format() {
  local file bad=0
  for file in $(git ls-files '*.cpp' '*.hpp' '*.cu'); do
    clang-format-14 "$file" | cmp -s - "$file" || { bad=1 && echo "not formatted: $file"; }
  done
  [ "$bad" = 0 ] || echo "clang-format-14 -i FILE does it"
  return "$bad"
}

# The reference of the public headers; a public symbol without words fails it. The count shows that there was something.
docs() {
  local pages
  build release docs || return
  pages=$(find build/ci/release/docs/html -name 'classstrata*.html' -o -name 'structstrata*.html' | grep -vc -- '-members')
  echo "note: $pages classes"
  [ "$pages" -ge 100 ]
}

# The .cpp files of the commits that are not on the main line yet (on it: of its last 20), the newest first.
changed() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null || true)
  if [ -z "$base" ] || [ "$base" = "$(git rev-parse HEAD)" ]; then
    base=$(git rev-list --first-parent -n 20 HEAD | tail -n 1)
  fi
  { git diff --name-only HEAD -- '*.cpp' && git log --name-only --format= "$base..HEAD" -- '*.cpp'; } |
    awk 'NF && !seen[$0]++' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done
}

# Takes no new file after six minutes: what a commit changes is checked, whole trees are not.
tidy() {
  local files status=0
  files=$(changed)
  : >build/ci/tidy.done
  TIDY_END=$(($(date +%s) + 360)) xargs -r -P "$(nproc)" -I{} bash -c '
    [ "$(date +%s)" -lt "$TIDY_END" ] && grep -qF "/{}\"" build/ci/clang/compile_commands.json || exit 0
    echo "{}" >>build/ci/tidy.done
    clang-tidy-14 --quiet --warnings-as-errors="*" -p build/ci/clang "{}"' <<<"$files" || status=$?
  echo "note: $(wc -l <build/ci/tidy.done) of $(grep -c . <<<"$files") changed files"
  return "$status"
}

bash cmake/install-dependencies.sh --ci

# No GPU runs what these trees build: it is enough that it can be built.
one_card=-DSTRATA_CUDA_ARCHITECTURES=90-virtual

check format format
check docs docs
check release build release all
check tests run_tests release
check abi bash tests/abi/abi.sh build/ci/release
# The second compiler and tidy read the sources; nothing of this tree is run, so nothing is optimised.
check clang build clang all -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 "$one_card"
check tidy tidy
check asan build asan all "$one_card"
check asan-tests run_tests asan --label-exclude installed
check tsan build tsan framework_tests
check tsan-tests run_tests tsan --tests-regex '^framework$'

say_summary build/ci/release | sed '$d'
printf 'all checks: %d s\n' "$SECONDS"
if [ ${#failures[@]} -gt 0 ]; then
  echo "failed: ${failures[*]}"
  exit 1
fi
say_summary build/ci/release | tail -n 1
