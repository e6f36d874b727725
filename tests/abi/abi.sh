#!/usr/bin/env bash
# Compares the public ABI of the libraries with public.txt: exported symbols, and of every public class its size, bases, members
# and virtual functions. A plugin that was built before a change would read other bytes than it was built for, and would
# still be loaded: so what is there may only change with STRATA_ABI. --update writes public.txt anew.
# usage: abi.sh BUILD_FOLDER [--update]     (a release build by g++)
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
include=$(cd "$here/../../framework/include" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
abi=$(sed -n 's/^#define STRATA_ABI \([0-9]*\).*/\1/p' "$include/strata/core/version.hpp")
[ -n "$abi" ]

# One file that has every public class in it, complete, with an exported symbol, without which abidw reads nothing.
(cd "$include" && find strata -name '*.hpp' | sort | sed 's/.*/#include "&"/') >"$work/public.cpp"
echo 'extern "C" __attribute__((visibility("default"))) void strata_abi_anchor() {}' >>"$work/public.cpp"
g++ -std=c++20 -g -O0 -fPIC -shared -fvisibility=hidden -femit-class-debug-always -fno-eliminate-unused-debug-types \
  -Wl,--unresolved-symbols=ignore-all -I "$include" -o "$work/public.so" "$work/public.cpp"
abidw --load-all-types --headers-dir "$include" --drop-private-types --no-show-locs --no-corpus-path "$work/public.so" >"$work/public.xml"
{
  echo "STRATA_ABI $abi"
  awk -f "$here/layout.awk" "$work/public.xml" "$work/public.xml" | sort -u
  nm -D --defined-only "$1"/lib/libstrata.so "$1"/lib/libstrata_jobs.so "$1"/lib/libstrata_checks.so | awk '$3 ~ /strata/ { print "symbol " $3 }' | sort -u
} >"$work/public.txt"
lines=$(wc -l <"$work/public.txt")
[ "$lines" -gt 1000 ] || { echo "abi: only $lines lines were found, so something of this check does not work"; exit 1; }

if [ "${2-}" = --update ]; then
  cp "$work/public.txt" "$here/public.txt"
  echo "abi: $lines lines written to $here/public.txt"
  exit 0
fi
before=$(sed -n '1s/STRATA_ABI //p' "$here/public.txt")
if ! diff -U 0 "$here/public.txt" "$work/public.txt" >"$work/diff"; then
  sed -n 's/^\([-+][^-+]\)/\1/p' "$work/diff" | head -n 40
  gone=$(grep -c '^-[^-]' "$work/diff" || true)
  if [ "$before" = "$abi" ] && [ "$gone" -gt 0 ]; then
    echo "abi: $gone lines of the public ABI changed while STRATA_ABI is still $abi: plugins built before would read wrong bytes."
    echo "Raise it in framework/include/strata/core/version.hpp, then: bash tests/abi/abi.sh build/release --update"
  else
    echo "abi: the public ABI grew or has another number: bash tests/abi/abi.sh build/release --update"
  fi
  exit 1
fi
echo "note: $lines lines of ABI $abi as recorded"
