// An index outside of its table ends the queue with an error instead of reading beyond it.
#pragma once

#include "kernels/grid.hpp"

#if !defined(__CUDACC__)
#include <stdexcept>
#endif

namespace strata::cuda {

STRATA_BOTH inline std::int64_t checked(std::int64_t index, std::int64_t limit) {
  if (index >= 0 && index < limit) return index;
#if defined(__CUDA_ARCH__)
  __trap();
#elif !defined(__CUDACC__)
  throw std::out_of_range("an index outside of its table");
#endif
  return 0;
}

}  // namespace strata::cuda
