// How a kernel of this plugin is written and started: a functor that is called for each element, or by a team of
// threads for each row. What it computes is a host-and-device function, so that the same file, compiled for the host,
// runs it block by block where there is no GPU (tests/cuda); only what stands between __CUDACC__ here waits for a
// device.
#pragma once

#include <cstdint>

#include "launch.hpp"
#include "strata/device/kernel.hpp"

#if defined(__CUDACC__)
#include <cuda_runtime.h>
#define STRATA_BOTH __host__ __device__
#else
#define STRATA_BOTH
#endif

namespace strata::cuda {

constexpr int kThreads = 256;  // of a block

// The threads of a block, which work on one row together; one thread on the host. Every thread has to call what is
// collective.
class Team {
 public:
  STRATA_BOTH int rank() const {
#if defined(__CUDA_ARCH__)
    return static_cast<int>(threadIdx.x);
#else
    return 0;
#endif
  }
  STRATA_BOTH int size() const {
#if defined(__CUDA_ARCH__)
    return static_cast<int>(blockDim.x);
#else
    return 1;
#endif
  }
  // `combine` of every thread's value, in a fixed order, known to all.
  template <class T, class Combine>
  STRATA_BOTH T all(T value, const Combine& combine) {
    static_assert(sizeof(T) <= kRoom);
#if defined(__CUDA_ARCH__)
    __shared__ alignas(16) unsigned char room[kThreads * kRoom];
    T* values = reinterpret_cast<T*>(room);
    __syncthreads();  // the room may still be read
    values[threadIdx.x] = value;
    __syncthreads();
    for (int half = kThreads / 2; half > 0; half /= 2) {
      if (static_cast<int>(threadIdx.x) < half) {
        values[threadIdx.x] = combine(values[threadIdx.x], values[threadIdx.x + half]);
      }
      __syncthreads();
    }
    return values[0];
#else
    (void)combine;
    return value;
#endif
  }

 private:
  static constexpr int kRoom = 16;  // bytes of a thread
};

#if defined(__CUDACC__)

template <class Kernel>
__global__ void __launch_bounds__(kThreads) run_each(const Kernel kernel, const std::int64_t count) {
  const std::int64_t step = std::int64_t{gridDim.x} * blockDim.x;
  for (std::int64_t i = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) kernel(i);
}

template <class Kernel>
__global__ void __launch_bounds__(kThreads) run_rows(const Kernel kernel, const std::int64_t rows) {
  Team team;
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) kernel(row, team);
}

constexpr std::int64_t kMostBlocks = 1 << 16;

// kernel(i) for each i in [0, count), in any order.
template <class Kernel>
void each(std::int64_t count, void* stream, const char* what, const Kernel& kernel) {
  if (count == 0) return;
  const std::int64_t blocks = (count + kThreads - 1) / kThreads;
  run_each<<<static_cast<unsigned>(blocks < kMostBlocks ? blocks : kMostBlocks), kThreads, 0,
             static_cast<cudaStream_t>(stream)>>>(kernel, count);
  launched(what);
}

// kernel(row, team) for each row in [0, rows), in any order.
template <class Kernel>
void rows(std::int64_t rows, void* stream, const char* what, const Kernel& kernel) {
  if (rows == 0) return;
  run_rows<<<static_cast<unsigned>(rows < kMostBlocks ? rows : kMostBlocks), kThreads, 0,
             static_cast<cudaStream_t>(stream)>>>(kernel, rows);
  launched(what);
}

#else

template <class Kernel>
void each(std::int64_t count, void* stream, const char* what, const Kernel& kernel) {
  if (count == 0) return;
  queue_on_host(stream, what, [kernel, count] {
    for (std::int64_t i = 0; i < count; ++i) kernel(i);
  });
}

template <class Kernel>
void rows(std::int64_t rows, void* stream, const char* what, const Kernel& kernel) {
  if (rows == 0) return;
  queue_on_host(stream, what, [kernel, rows] {
    Team team;
    for (std::int64_t row = 0; row < rows; ++row) kernel(row, team);
  });
}

#endif

}  // namespace strata::cuda
