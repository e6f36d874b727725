#!/usr/bin/env bash
# `strata devices` and a recipe's device, for each thing that can be wrong with a driver (fake/driver.cpp stands in for it).
# usage: devices.sh STRATA_BINARY FOLDER_OF_FAKE_LIBCUDA
set -u
export LC_ALL=C
strata=$1 fake=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$here/../cases.sh"
export XDG_CACHE_HOME=$work/cache
recipe=$here/../../apps/recipes/seq2seq/dates.json
run=(train "$recipe" --output "$work/run" --set device=cuda)

if [ "$(LD_LIBRARY_PATH='' "$strata" devices | grep -c '^cuda  *not usable: no driver')" = 1 ]; then
  refuses_at 7 E_DEVICE_UNAVAILABLE device 'cuda: no driver (libcuda.so.1 is not found)' "${run[@]}"
else
  skip 'a machine without a driver: this one has one'
fi
export LD_LIBRARY_PATH=$fake

# why REASON VARIABLE=VALUE ...: listed, and an error of exit 7 when it is asked for.
why() {
  local reason=$1
  shift
  export "$@"
  prints "not usable: $reason" devices
  refuses_at 7 E_DEVICE_UNAVAILABLE device "cuda: $reason" "${run[@]}"
  unset "${@%%=*}"
}
why 'no device' FAKE_CUDA_INIT=100
why 'no device' FAKE_CUDA_DEVICES=0
why "libcuda.so.1 is the toolkit's stub" FAKE_CUDA_INIT=34
why 'the system is not ready' FAKE_CUDA_INIT=802
why "the driver's library and its kernel module are of different versions" FAKE_CUDA_INIT=803
why 'the forward-compatibility driver does not support this device' FAKE_CUDA_INIT=804
why 'the driver does not start: CUDA_ERROR_OTHER (999)' FAKE_CUDA_INIT=999
why 'driver 11.8 is older than runtime 1' FAKE_CUDA_VERSION=11080
why 'Fake GPU has compute capability 7.5, kernels are built for 8.0 and later' FAKE_CUDA_MAJOR=7 FAKE_CUDA_MINOR=5

prints 'Fake GPU, 1.0 GiB, compute capability 9.0' devices
FAKE_CUDA_DEVICES=2 prints 'cuda:1' devices
prints '{"device": "cpu"' devices --json
prints '"usable": true' devices --json
refuses_at 7 E_DEVICE_UNAVAILABLE device 'cuda:2: index 2 is out of range: 1 device here' "${run[@]/device=cuda/device=cuda:2}"
refuses_at 3 E_CONFIG_RANGE device "'cuda:x' has no index behind the colon" "${run[@]/device=cuda/device=cuda:x}"
refuses_at 3 E_CONFIG_RANGE device "'cuda:' has no index behind the colon" "${run[@]/device=cuda/device=cuda:}"
refuses 3 'E_CONFIG_COMPONENT' "${run[@]/device=cuda/device=cudo}"
[ ! -e "$work/run" ] || fail 'train' 'a refused recipe left its folder'

# Without cuBLASLt, or with one that is too old, products run on general kernels, and the list says so.
library=$(cd "$fake" && echo libcublasLt.so.*[0-9])
mkdir "$work/none" "$work/broken" "$work/other"
cp "$fake/libcuda.so.1" "$work/other/$library"
: >"$work/broken/$library"
card='Fake GPU, 1.0 GiB, compute capability 9.0'
STRATA_CUDA_LIBRARIES=$work/none prints "$card; $library is not found: products run on general kernels" devices
STRATA_CUDA_LIBRARIES=$work/none:$work/broken prints "$library does not load: $work/broken/$library: file too short" devices
STRATA_CUDA_LIBRARIES=$work/other prints "$card; $work/other/$library has no cublasLtGetVersion: products run" devices
FAKE_CUBLASLT_VERSION=110900 prints "$card; cuBLASLt 11.9 is older than " devices
STRATA_CUDA_LIBRARIES=$fake prints "$card
" devices

# A process that never asks for CUDA never opens libcuda; auto says in one line what it took.
export FAKE_CUDA_INIT=100 FAKE_CUDA_OPENED=$work/opened
succeeds train "$recipe" --set train.max_updates=2 --output "$work/cpu"
[ ! -e "$work/opened" ] || fail 'train' 'a run on the CPU opened libcuda'
"$strata" train "$recipe" --set train.max_updates=2 --set device=auto --output "$work/auto" >"$work/out" 2>"$work/err" </dev/null ||
  fail 'device auto' "$(cat "$work/err")"
grep -q 'device auto: cpu; cuda: no device$' "$work/err" || fail 'device auto' "$(head -c 300 "$work/err")"
[ -e "$work/opened" ] || fail 'device auto' 'it did not look'
cases=$((cases + 1))

echo "  $((cases - failed)) test cases out of $cases passed"
[ "$failed" = 0 ]
