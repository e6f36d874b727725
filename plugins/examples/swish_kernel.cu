// bias_swish on a GPU: what swish_kernel.cpp does by loops, one thread an element. What a kernel computes is a functor
// for host and device; only what starts it needs nvcc. So this same file, compiled as C++, is held against the oracle
// where there is no GPU (tests/cuda/on_host.hpp starts it there).
#include <strata/core/error.hpp>
#include <strata/device/kernel.hpp>

#include <cmath>

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#define STRATA_BOTH __host__ __device__
#else
#define STRATA_BOTH
#endif

namespace {
using namespace strata;

#if defined(__CUDACC__)
template <class Kernel>
__global__ void run(const Kernel kernel, const std::int64_t count) {
  const std::int64_t step = std::int64_t{gridDim.x} * blockDim.x;
  for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) kernel(i);
}

// kernel(i) for each i in [0, count), in any order, behind what is in the device's queue already; nothing waits for it.
template <class Kernel>
void each(std::int64_t count, void* stream, const Kernel& kernel) {
  constexpr std::int64_t kThreads = 256, kMostBlocks = 65536;
  if (count == 0) return;
  const std::int64_t blocks = (count + kThreads - 1) / kThreads;
  run<<<static_cast<unsigned>(blocks < kMostBlocks ? blocks : kMostBlocks), kThreads, 0,
        static_cast<cudaStream_t>(stream)>>>(kernel, count);
  const cudaError_t fault = cudaGetLastError();
  if (fault != cudaSuccess) throw Error("E_DEVICE_CALL", "[bias_swish]", cudaGetErrorString(fault));
}
#endif

// Element [r, c] of a view with any strides, all axes but the last counted as rows.
STRATA_BOTH inline float element(const View& view, std::int64_t r, std::int64_t c) {
  std::int64_t at = c * view.strides[view.rank - 1];
  for (int axis = view.rank - 2; axis >= 0; r /= view.shape[axis--]) at += r % view.shape[axis] * view.strides[axis];
  return static_cast<const float*>(view.data)[at];
}

STRATA_BOTH inline float logistic(float z) { return 1 / (1 + std::exp(-z)); }

// Thread i writes y[i].
struct Forward {
  View x;
  const float* bias;
  float* y;
  std::int64_t width;

  STRATA_BOTH void operator()(std::int64_t i) const {
    const float z = element(x, i / width, i % width) + bias[i % width];
    y[i] = z * logistic(z);
  }
};

// Threads side by side read and write side by side: thread (s, c) takes column c of the rows s, s + kSlices, ... It
// writes their dx, and its share of dbias where no other writes. The order of a sum never depends on timing.
constexpr std::int64_t kSlices = 64;

struct Backward {
  View x, g;
  const float* bias;
  float* dx;      // null: nobody asked
  float* shares;  // [kSlices,C]
  std::int64_t rows, width;

  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t c = i % width;
    float sum = 0;
    for (std::int64_t r = i / width; r < rows; r += kSlices) {
      const float z = element(x, r, c) + bias[c], s = logistic(z);
      const float dz = element(g, r, c) * (s + z * s * (1 - s));
      if (dx != nullptr) dx[r * width + c] = dz;
      sum += dz;
    }
    shares[i] = sum;
  }
};

// Thread c adds up what the slices have of column c.
struct AddShares {
  const float* shares;
  float* dbias;
  std::int64_t width;

  STRATA_BOTH void operator()(std::int64_t c) const {
    float sum = 0;
    for (std::int64_t s = 0; s < kSlices; ++s) sum += shares[s * width + c];
    dbias[c] = sum;
  }
};
}  // namespace

// x [...,C], bias [C] -> y [...,C]
void swish_on_cuda(const KernelCall& call) {
  const View &x = call.inputs[0], &bias = call.inputs[1], &y = call.outputs[0];
  each(x.numel(), call.stream, Forward{x, bias.as<const float>(), y.as<float>(), x.size(-1)});
}

// The workspace is the device's, and free for others when this returns: right, as they come later in the same queue.
void swish_backward_on_cuda(const BackwardCall& call) {
  const View &x = call.inputs[0], &bias = call.inputs[1], &g = call.output_gradients[0];
  const View &dx = call.input_gradients[0], &dbias = call.input_gradients[1];
  const std::int64_t width = x.size(-1), rows = width == 0 ? 0 : x.numel() / width;
  auto* shares = call.workspace->take<float>(kSlices * width);
  each(kSlices * width, call.stream,
       Backward{x, g, bias.as<const float>(), dx.present() ? dx.as<float>() : nullptr, shares, rows, width});
  if (dbias.present()) each(width, call.stream, AddShares{shares, dbias.as<float>(), width});
}
