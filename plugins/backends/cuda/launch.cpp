// What a launch leaves behind. With the toolkit's runtime: its error. On the host (tests/cuda): the queue is waited for
// first, as kernels then run where they are called.
#include "driver.hpp"
#include "kernels/grid.hpp"

#if defined(STRATA_PLUGIN_CUDA)
#include <cuda_runtime_api.h>
#endif

namespace strata::cuda {

void launched([[maybe_unused]] void* stream, const char* what) {
#if defined(STRATA_PLUGIN_CUDA)
  check(static_cast<CUresult>(cudaGetLastError()), "cuda", what);
#else
  check(driver().call.stream_wait(static_cast<CUstream>(stream)), "cuda", what);
#endif
}

}  // namespace strata::cuda
