#!/usr/bin/env bash
# A folder of 60 kB that asks for gigabytes: its names and shapes are compared before memory is taken for them.
# (tests/plugins/stages/memory_test.cpp measures more of these.)
# usage: balloon.sh STRATA_BINARY
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
if sanitized; then
  skip 'a sanitizer takes more memory than the program'
  finish
  exit
fi

for verb in translate tokenize; do
  healthy=$(needs $verb run)
  for change in '/encoder/ { s/"hidden": [0-9]*/"hidden": 12000/ }' '0,/"hidden": [0-9]*/ s//"hidden": 65536/' '0,/"embedding": [0-9]*/ s//"embedding": 65536/' \
    '0,/"layers": [0-9]*/ s//"layers": 64/'; do
    rm -rf copy && cp -rL run/latest copy
    sed -i "$change" copy/config.json
    cmp -s copy/config.json run/latest/config.json && continue
    remanifest copy
    refuses_within $((healthy + 64)) 5 'error[E_CHECKPOINT_' $verb copy --quiet
    echo "$verb, $change: $(cut -c 1-160 err) (a healthy run: $healthy MiB)"
  done
done
check 'something was changed' [ "$cases" -ge 6 ]
finish
