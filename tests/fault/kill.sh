# kill -9: at random moments of a whole run, and while a checkpoint is being written.

# pause MILLISECONDS
pause() {
  sleep "$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))"
}

# half_written RUN: whether a checkpoint's temporary folder is there.
half_written() {
  compgen -G "$1/checkpoint-*.tmp-*" >/dev/null
}

# start RUN: in the background, as $pid.
start() {
  (exec env --default-signal=INT "$strata" train "$work/tiny.json" --output "$1" --quiet >"$work/out" 2>"$work/err" </dev/null) &
  pid=$!
}

# kill_now: tells whether the kill came before the end.
kill_now() {
  local got=0
  kill -KILL "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null || got=$?
  [ "$got" = 137 ]
}

halves=0
for ((moment = 1; moment <= moments; ++moment)); do
  run=$work/killed-$moment after=$((RANDOM % whole_ms)) tries=0
  while
    start "$run"
    pause "$after"
    ! kill_now && [ "$((++tries))" -lt 20 ]
  do # it was over already
    rm -rf "$run"
    after=$((after / 2))
  done
  at=$(readlink "$run/latest" || echo "before the first checkpoint")
  half_written "$run" && halves=$((halves + 1)) && at="$at, the next half written"
  go_on "$run" "killed after $after ms ($at)"
  same_curve "$run" "killed after $after ms ($at)"
  echo "killed after $after ms ($at)"
  rm -rf "$run"
done

# One run, killed again and again while it writes, until at least one kill hit a half-written checkpoint.
run=$work/killed-writing kills=0
for ((moment = 1; moment <= moments || (halves == 0 && moment <= 50); ++moment)); do
  start "$run"
  pause $((RANDOM % (whole_ms / (moments + 1) + 1)))
  until half_written "$run" || ! kill -0 "$pid" 2>/dev/null; do :; done
  for ((spin = RANDOM % 2000 / moment; spin > 0; --spin)); do :; done # a write takes some milliseconds
  kill_now || { rm -rf "$run" && continue; } # it was over already
  kills=$((kills + 1))
  half_written "$run" && halves=$((halves + 1))
done
go_on "$run" "killed $kills times while writing"
same_curve "$run" "killed $kills times while writing"
cases=$((cases + 1))
[ "$halves" -gt 0 ] || fail "kill" "no kill left a half-written checkpoint: the test tests nothing"
echo "killed $kills times while writing; $halves of all kills left a checkpoint half written"
rm -rf "$run"
