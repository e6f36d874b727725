# What the shell tests share: running the program, comparing how it ended, counting. Sourced with `strata` and `work` set.
cases=0 failed=0

fail() {
  echo "FAILED $1: $2"
  failed=$((failed + 1))
}

# recipes_under ROOT: where they are in a source tree, else in a bundle.
recipes_under() {
  [ -d "$1/apps/recipes" ] && echo "$1/apps/recipes" || echo "$1/share/strata/recipes"
}

# skip REASON: what this machine cannot run; tests/run.sh lists these lines.
skip() {
  echo "skip: $1"
}

# refuses EXIT TEXT ARGUMENTS...: the run must end so, and say TEXT in its one line; never in more than a minute, and
# the folder named by `guard` must be afterwards what it was before.
refuses() {
  local want=$1 text=$2 got=0 before=''
  shift 2
  cases=$((cases + 1))
  [ -z "${guard-}" ] || before=$(content "$guard")
  timeout 60 "$strata" "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
  [ "$got" = "$want" ] || { fail "strata $*" "exit $got, expected $want; $(head -c 300 "$work/err")"; return; }
  [ "$(wc -l <"$work/err")" = 1 ] || { fail "strata $*" "not one line: $(head -c 600 "$work/err")"; return; }
  [ ! -s "$work/out" ] || { fail "strata $*" "data on standard output: $(head -c 300 "$work/out")"; return; }
  grep -q '^strata: error\[E_[A-Z0-9_]*\] ' "$work/err" && grep -qF -- "$text" "$work/err" ||
    { fail "strata $*" "expected '$text' in: $(cat "$work/err")"; return; }
  [ -z "${guard-}" ] || [ "$before" = "$(content "$guard")" ] || fail "strata $*" "$guard is not what it was before"
}

# refuses_at EXIT CODE PLACE TEXT ARGUMENTS...: as refuses, and the line starts with the code and the place.
refuses_at() {
  local want=$1 start="strata: error[$2] $3: " text=$4 line
  shift 4
  local failed_before=$failed
  refuses "$want" "$text" "$@"
  [ "$failed" = "$failed_before" ] || return 0
  line=$(cat "$work/err")
  [ "${line#"$start"}" != "$line" ] || fail "strata $*" "expected '$start' at the start of: $line"
}

# prints TEXT ARGUMENTS...: the run must succeed with TEXT on standard output and nothing on standard error.
prints() {
  local text=$1
  shift
  cases=$((cases + 1))
  "$strata" "$@" >"$work/out" 2>"$work/err" </dev/null || { fail "strata $*" "exit $?: $(cat "$work/err")"; return; }
  [ ! -s "$work/err" ] || fail "strata $*" "words on standard error: $(cat "$work/err")"
  grep -qF -- "$text" "$work/out" || fail "strata $*" "expected '$text' in: $(head -c 600 "$work/out")"
}

# succeeds ARGUMENTS...
succeeds() {
  local got=0
  cases=$((cases + 1))
  "$strata" "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
  [ "$got" = 0 ] || fail "strata $*" "exit $got: $(cat "$work/err")"
}

# content FOLDER: every file's checksum and every link's target, apart from the trainer's empty lock.
content() {
  (cd "$1" && find . -type f ! -name .lock -exec sha256sum {} + | sort -k 2 && find . -type l -printf '%p -> %l\n' | sort)
}

finish() {
  echo "  $((cases - failed)) test cases out of $cases passed"
  [ "$failed" = 0 ] || echo "  $failed test cases out of $cases failed"
  [ "$failed" = 0 ]
}
