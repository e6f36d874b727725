// Kernels whose threads work together: a block goes through its work in parts with a barrier after each, and a warp's
// lanes go in step. On the host the threads of a part run one after the other, so that a tile's loops and index maps
// are those of the GPU; every other block runs them backwards, so that what only an order of threads makes right is
// found.
#pragma once

#include <cstring>
#include <type_traits>

#include "kernels/grid.hpp"

#if defined(__CUDACC__)
#define STRATA_UNROLL _Pragma("unroll")
#else
#include <memory>
#define STRATA_UNROLL
#endif

namespace strata::cuda {

// A value of each lane of a warp: on a GPU a thread has its own.
template <class T>
class Lanes {
 public:
#if defined(__CUDA_ARCH__)
  STRATA_BOTH T& operator[](int) { return value_; }
  STRATA_BOTH const T& operator[](int) const { return value_; }
#else
  STRATA_BOTH T& operator[](int lane) { return value_[lane]; }
  STRATA_BOTH const T& operator[](int lane) const { return value_[lane]; }
#endif

 private:
#if defined(__CUDA_ARCH__)
  T value_{};
#else
  T value_[kLanes] = {};
#endif
};

// kBytes in one access; both sides are aligned to as much.
template <int kBytes>
STRATA_BOTH void copy_chunk(void* to, const void* from) {
  static_assert(kBytes == 4 || kBytes == 8 || kBytes == 16);
#if defined(__CUDA_ARCH__)
  using Chunk = std::conditional_t<kBytes == 16, uint4, std::conditional_t<kBytes == 8, uint2, unsigned>>;
  *static_cast<Chunk*>(to) = *static_cast<const Chunk*>(from);
#else
  memcpy(to, from, kBytes);
#endif
}

// What a warp keeps from part to part of a block's work. State is made of Lanes.
template <class State, int kWarps>
class OfWarps {
 public:
#if defined(__CUDA_ARCH__)
  STRATA_BOTH State& operator[](int) { return state_; }
#else
  STRATA_BOTH State& operator[](int warp) { return state_[warp]; }
#endif

 private:
#if defined(__CUDA_ARCH__)
  State state_;
#else
  State state_[kWarps];
#endif
};

// The lanes of a warp. All of them call what is collective: all() and from().
class BlockWarp {
 public:
  explicit STRATA_BOTH BlockWarp(int number) : number_(number) {}
  STRATA_BOTH int number() const { return number_; }  // in its block

  // body(lane) for each lane; no lane sees what another one does in it.
  template <class Body>
  STRATA_BOTH void each(const Body& body) const {
#if defined(__CUDA_ARCH__)
    body(static_cast<int>(threadIdx.x) % kLanes);
#else
    for (int lane = 0; lane < kLanes; ++lane) body(lane);
#endif
  }

  // Each lane's value becomes `combine` of those of its group of kGroup neighbours, the same bits in all of them.
  template <int kGroup, class T, class Combine>
  STRATA_BOTH void all(Lanes<T>& x, const Combine& combine) const {
    STRATA_UNROLL
    for (int apart = kGroup / 2; apart > 0; apart /= 2) {
#if defined(__CUDA_ARCH__)
      x[0] = combine(x[0], __shfl_xor_sync(0xFFFFFFFFU, x[0], apart));
#else
      const Lanes<T> before = x;
      for (int lane = 0; lane < kLanes; ++lane) x[lane] = combine(before[lane], before[lane ^ apart]);
#endif
    }
  }

  // What lane `source` of each group of kGroup neighbours has, known to the group.
  template <int kGroup, class T>
  STRATA_BOTH Lanes<T> from(const Lanes<T>& x, int source) const {
    Lanes<T> y;
#if defined(__CUDA_ARCH__)
    y[0] = __shfl_sync(0xFFFFFFFFU, x[0], source, kGroup);
#else
    for (int lane = 0; lane < kLanes; ++lane) y[lane] = x[lane / kGroup * kGroup + source];
#endif
    return y;
  }

 private:
  int number_;
};

// The threads of a block.
template <int kWarpCount>
class Block {
 public:
  static constexpr int kThreadCount = kWarpCount * kLanes;
  explicit STRATA_BOTH Block(std::int64_t number) : backwards_(number % 2 != 0) {}

  // body(thread) for each thread, in any order; then all have done it.
  template <class Body>
  STRATA_BOTH void threads(const Body& body) const {
#if defined(__CUDA_ARCH__)
    body(static_cast<int>(threadIdx.x));
    __syncthreads();
#else
    for (int i = 0; i < kThreadCount; ++i) body(backwards_ ? kThreadCount - 1 - i : i);
#endif
  }
  // body(warp) for each warp, in any order; then all have done it.
  template <class Body>
  STRATA_BOTH void warps(const Body& body) const {
#if defined(__CUDA_ARCH__)
    body(BlockWarp(static_cast<int>(threadIdx.x) / kLanes));
    __syncthreads();
#else
    for (int i = 0; i < kWarpCount; ++i) body(BlockWarp(backwards_ ? kWarpCount - 1 - i : i));
#endif
  }

 private:
  bool backwards_;
};

// A Kernel has kWarps, a plain struct Shared for what its threads share (not cleared), and
// operator()(number, const Block<kWarps>&, Shared&) const.

#if defined(__CUDACC__)

template <class Kernel>
__global__ void __launch_bounds__(Kernel::kWarps* kLanes) run_blocks(const Kernel kernel, const std::int64_t count) {
  extern __shared__ __align__(16) unsigned char block_room[];
  auto& shared = *reinterpret_cast<typename Kernel::Shared*>(block_room);
  for (std::int64_t i = blockIdx.x; i < count; i += gridDim.x) kernel(i, Block<Kernel::kWarps>(i), shared);
}

// kernel(number, block, shared) for each number in [0, count), in any order.
template <class Kernel>
void blocks(std::int64_t count, void* stream, const char* what, const Kernel& kernel) {
  if (count == 0) return;
  constexpr int kBytes = static_cast<int>(sizeof(typename Kernel::Shared)), kUnasked = 48 * 1024;
  static_assert(kBytes <= 99 * 1024, "more than a GPU of compute capability 8.6 has for a block");
  if (kBytes > kUnasked) {
    cudaFuncSetAttribute(run_blocks<Kernel>, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  }
  do {
    run_blocks<<<static_cast<unsigned>(count < kMostBlocks ? count : kMostBlocks), Kernel::kWarps * kLanes, kBytes,
                 static_cast<cudaStream_t>(stream)>>>(kernel, count);
  } while (!launched(stream, what));
}

#else

template <class Kernel>
void blocks(std::int64_t count, void* stream, const char* what, const Kernel& kernel) {
  if (count == 0) return;
  queue_on_host(stream, what, [kernel, count] {
    const auto shared = std::make_unique<typename Kernel::Shared>();
    for (std::int64_t i = 0; i < count; ++i) {
      std::memset(static_cast<void*>(shared.get()), 0xFF, sizeof *shared);  // NaN: what nobody wrote is found
      kernel(i, Block<Kernel::kWarps>(i), *shared);
    }
  });
}

#endif

}  // namespace strata::cuda
