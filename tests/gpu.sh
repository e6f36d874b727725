#!/usr/bin/env bash
# All that needs a GPU, in one command: the CUDA kernels against the oracle, an author's own kernel as `plugins test` sees it,
# recipes on the CPU and on the GPU with the same losses, checkpoints that go from one to the other, recipes that reach their
# BLEU; then the benches, and PyTorch's in turn. Without a GPU each part is skipped, with the reason.
# usage: bash tests/gpu.sh [BUILD_FOLDER]     (build/release, built when it is not there; in a bundle: the bundle)
set -u
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release
[ ! -x "$root/bin/strata" ] || build=$root # a bundle (cmake/StrataBundle.cmake)
build=${1:-$build}
passed=0 failed=0 skipped=0

if [ ! -x "$build/bin/strata" ]; then
  (cd "$root" && cmake --preset release && cmake --build --preset release) >"${TMPDIR:-/tmp}/strata-gpu-build.log" 2>&1 ||
    { echo "the build failed: ${TMPDIR:-/tmp}/strata-gpu-build.log"; exit 1; }
fi

# part NAME COMMAND...
part() {
  local name=$1 start=$SECONDS
  shift
  if [ -n "$reason" ]; then
    echo "skip: $name: $reason"
    skipped=$((skipped + 1))
  elif "$@"; then
    echo "passed: $name, $((SECONDS - start)) s"
    passed=$((passed + 1))
  else
    echo "FAILED: $name, $((SECONDS - start)) s"
    failed=$((failed + 1))
  fi
}

reason=$([ -e "$build/lib/strata/plugins/cuda.so" ] || echo 'the plugin cuda is not built; cmake says why')
if [ -z "$reason" ]; then
  "$build/bin/strata" devices
  reason=$("$build/bin/strata" devices | sed -n '/^cuda.*not usable: /{s/.*not usable: //p;q}')
fi
part conformance env STRATA_CUDA_PLUGIN="$build/lib/strata/plugins/cuda.so" "$build/bin/cuda_tests" \
  --run_test=cuda_conformance,cuda_fused,cuda_products,cuda_recurrent,cuda_replay,cuda_decode,cuda_split --log_level=message
part author "$build/bin/strata" plugins test "$build/lib/strata/plugins/swish_kernel.so" --skip-training
part parity bash "$root/tests/cuda/parity.sh" "$build" gpu
if [ -z "$reason" ] && [ ! -d "${STRATA_DATA-}/multi30k" ]; then
  reason='STRATA_DATA names no folder with multi30k'
  part recipes true
  reason=
else
  part recipes bash "$root/tests/cuda/recipes.sh" "$build"
fi
part bench "$build/bin/strata" bench --device cuda --seconds 1
part profile "$build/bin/strata" bench transformer-mid --device cuda --precision bf16 --batch 256 --seconds 1 --profile
# PyTorch's steps and ours in turn, where there is a PyTorch that sees the GPU.
torch=${STRATA_PYTHON:-python3}
if [ -z "$reason" ] && ! "$torch" -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
  reason="$torch has no torch that sees the GPU (STRATA_PYTHON names another)"
fi
peer() { timeout 120 "$torch" "$root/tests/peers/torch_cuda.py" --strata "$build/bin/strata" --seconds 1 "$@"; }
part peers peer --modes eager
part peers-compiled peer transformer-tiny transformer-mid --modes compile graphs
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
