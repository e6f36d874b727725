// How a kernel of this plugin is written and started: a functor that is called for each element, or by a team of
// threads for each row. What it computes is a host-and-device function, so that the same file, compiled for the host,
// runs it block by block where there is no GPU (tests/cuda); only what stands between __CUDACC__ here and in team.hpp
// waits for a device.
#pragma once

#include <cstdint>

#include "kernels/team.hpp"
#include "launch.hpp"
#include "strata/device/kernel.hpp"

namespace strata::cuda {

constexpr std::int64_t kShortRow = 1024;  // elements that a warp goes through as fast as a block

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

template <class Kernel>
__global__ void __launch_bounds__(kThreads) run_short_rows(const Kernel kernel, const std::int64_t rows) {
  Warp team;
  const std::int64_t step = std::int64_t{gridDim.x} * kWarps;
  for (std::int64_t row = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / kLanes; row < rows; row += step) {
    kernel(row, team);
  }
}

constexpr std::int64_t kMostBlocks = 1 << 16;

// Blocks of kThreads for `work` pieces, of which a block takes `each_block`.
inline unsigned blocks_for(std::int64_t work, std::int64_t each_block) {
  const std::int64_t blocks = (work + each_block - 1) / each_block;
  return static_cast<unsigned>(blocks < kMostBlocks ? blocks : kMostBlocks);
}

// kernel(i) for each i in [0, count), in any order.
template <class Kernel>
void each(std::int64_t count, void* stream, const char* what, const Kernel& kernel) {
  if (count == 0) return;
  do {
    run_each<<<blocks_for(count, kThreads), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(kernel, count);
  } while (!launched(stream, what));
}

// kernel(row, team) for each row in [0, rows), in any order, by a block each.
template <class Kernel>
void rows(std::int64_t rows, void* stream, const char* what, const Kernel& kernel) {
  if (rows == 0) return;
  do {
    run_rows<<<blocks_for(rows, 1), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(kernel, rows);
  } while (!launched(stream, what));
}

// The same by a warp each.
template <class Kernel>
void short_rows(std::int64_t rows, void* stream, const char* what, const Kernel& kernel) {
  if (rows == 0) return;
  do {
    run_short_rows<<<blocks_for(rows, kWarps), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(kernel, rows);
  } while (!launched(stream, what));
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
    with_team([&](Team& team) {
      for (std::int64_t row = 0; row < rows; ++row) kernel(row, team);
    });
  });
}

template <class Kernel>
void short_rows(std::int64_t rows, void* stream, const char* what, const Kernel& kernel) {
  cuda::rows(rows, stream, what, kernel);
}

#endif

// By a warp or a block, as the rows are long.
template <class Kernel>
void rows_of_length(std::int64_t count, std::int64_t length, void* stream, const char* what, const Kernel& kernel) {
  if (length <= kShortRow) return short_rows(count, stream, what, kernel);
  rows(count, stream, what, kernel);
}

}  // namespace strata::cuda
