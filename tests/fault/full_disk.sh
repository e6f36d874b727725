# A disk that is full while a checkpoint is written: exit 8, one line, what was saved is whole, and room lets it go on.

# stopped_by_disk RUN WHAT: the run that just ended must have said so.
stopped_by_disk() {
  cases=$((cases + 1))
  [ "$got" = 8 ] && [ "$(wc -l <"$work/err")" = 1 ] && grep -q "^strata: error\[E_IO_WRITE\] $1/" "$work/err" ||
    fail "$2" "exit $got: $(cat "$work/err")"
}

disk=$work/disk
mkdir "$disk"
unmount() {
  umount "$disk" 2>/dev/null
  rm -rf "$work"
}
if mount -t tmpfs -o size=64m tmpfs "$disk" 2>"$work/err"; then
  trap unmount EXIT
  for kilobytes in 24 48 96 140 200; do
    mount -o "remount,size=${kilobytes}k" "$disk"
    run=$disk/run got=0
    train "$run" || got=$?
    stopped_by_disk "$run" "disk of $kilobytes kB"
    at=$(readlink "$run/latest")
    got=0
    train "$run" || got=$? # what is half written goes, and then it is full again, maybe some updates later
    stopped_by_disk "$run" "disk of $kilobytes kB, again"
    for link in latest best; do
      [ ! -L "$run/$link" ] || prints '"metric"' eval "$run" --checkpoint "$(readlink "$run/$link")" --json --quiet
    done
    mount -o remount,size=64m "$disk"
    go_on "$run" "disk of $kilobytes kB"
    echo "disk of $kilobytes kB: full after ${at:-no checkpoint}"
    rm -rf "$run"
  done
  umount "$disk"
else
  skip "full disk: no tmpfs can be mounted here ($(head -c 100 "$work/err"))"
fi

# The same for a limit on the size of files, which needs no rights: the weights still fit, the optimizer's state not.
run=$work/limited got=0
(ulimit -f 20 && train "$run") || got=$?
stopped_by_disk "$run" "files of at most 20 kB"
go_on "$run" "files of at most 20 kB"
