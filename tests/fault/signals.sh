# SIGINT and SIGTERM: the checkpoint is saved, exit 75, the same command goes on. A second signal ends the run at once.

# until_saved RUN: waits for the first checkpoint.
until_saved() {
  until [ -e "$1/latest" ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
}

for signal in INT TERM; do
  run=$work/$signal after=$((RANDOM % (whole_ms / 2 + 1)))
  while
    got=0
    start "$run"
    until_saved "$run"
    pause "$after"
    kill -"$signal" "$pid" 2>/dev/null
    wait "$pid" || got=$?
    [ "$got" = 0 ] && [ "$after" -gt 0 ]
  do # it was over already: the machine has become faster
    rm -rf "$run"
    after=$((after / 2))
  done
  cases=$((cases + 1))
  update=$(readlink "$run/latest")
  update=${update#checkpoint-}
  [ "$got" = 75 ] && [ "$(wc -l <"$work/err")" = 1 ] &&
    grep -q "error\[E_STOPPED\] update $update: stopped on request, $run/checkpoint-$update is saved" "$work/err" ||
    fail "SIG$signal" "exit $got: $(cat "$work/err")"
  go_on "$run" "SIG$signal at update $update"
  same_curve "$run" "SIG$signal at update $update"
  echo "SIG$signal at update $update"
done

run=$work/twice got=0
start "$run"
until_saved "$run"
kill -STOP "$pid" # so that both are there before the first is seen
kill -INT "$pid"
kill -TERM "$pid"
kill -CONT "$pid"
wait "$pid" 2>/dev/null || got=$?
cases=$((cases + 1))
[ "$got" = 130 ] || [ "$got" = 143 ] || fail "two signals" "exit $got, expected 130 or 143: $(cat "$work/err")"
go_on "$run" "two signals"
same_curve "$run" "two signals"
