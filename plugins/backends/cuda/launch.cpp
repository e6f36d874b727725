// What stands around a launch: on a GPU its error; on the host (tests/cuda) the queue, as kernels run where they are
// called.
#include "driver.hpp"

#if defined(STRATA_PLUGIN_CUDA)
#include <cuda_runtime_api.h>

namespace strata::cuda {

void launched(const char* what) { check(static_cast<CUresult>(cudaGetLastError()), "cuda", what); }

}  // namespace strata::cuda

#else
#include <dlfcn.h>

#include "kernels/grid.hpp"

namespace strata::cuda {
namespace {

void open_memory(bool on) {
  static const auto open =
      reinterpret_cast<void (*)(int)>(::dlsym(::dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD), "fake_cuda_open"));
  if (open != nullptr) open(on ? 1 : 0);
}

}  // namespace

OnHost::OnHost(void* stream, const char* what) {
  check(driver().call.stream_wait(static_cast<CUstream>(stream)), "cuda", what);
  open_memory(true);
}
OnHost::~OnHost() { open_memory(false); }

}  // namespace strata::cuda
#endif
