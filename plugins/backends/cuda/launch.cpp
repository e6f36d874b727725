// What stands around a launch: on a GPU its error; on the host (tests/cuda) the stand-in's queue.
#include "launch.hpp"

#include <atomic>

#include "room.hpp"

namespace strata::cuda {
namespace {
std::atomic<std::int64_t> launched_so_far{0};
}

std::int64_t launches() { return launched_so_far; }

}  // namespace strata::cuda

#if defined(STRATA_PLUGIN_CUDA)
#include <cuda_runtime_api.h>

namespace strata::cuda {

void forget_fault() { (void)cudaGetLastError(); }

bool launched(void* stream, const char* what) {
  const auto result = static_cast<CUresult>(cudaGetLastError());
  if (result == CUDA_ERROR_OUT_OF_MEMORY && make_room(stream)) return false;
  ++launched_so_far;
  check_queued(result, stream, what);
  return true;
}

}  // namespace strata::cuda

#else
#include <dlfcn.h>

#include "strata/core/error.hpp"

namespace strata::cuda {

void forget_fault() {}

void queue_on_host(void* stream, const char* what, std::function<void()> kernel) {
  using Launch = CUresult (*)(CUstream, std::function<void()>*);
  static const auto launch =
      reinterpret_cast<Launch>(::dlsym(::dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD), "fake_cuda_launch"));
  if (launch == nullptr) throw Error("E_DEVICE_CALL", "cuda", "kernels of the host need the stand-in for the driver");
  ++launched_so_far;
  queue_in_room(stream, what, [&] { return launch(static_cast<CUstream>(stream), &kernel); });
}

}  // namespace strata::cuda
#endif
