// The CUDA backend: the device "cuda".
#include <strata/plugin.hpp>

#include "device.hpp"

namespace {

void register_all(strata::Registry& registry) {
  registry.add<strata::Device, strata::cuda::CudaDevice>("cuda", "an NVIDIA GPU of compute capability 8.0 or later");
}

}  // namespace

STRATA_PLUGIN("cuda", "0.1.0", register_all);
