// The CUDA backend whose kernels are compiled for the host, over the stand-in for the driver; with
// STRATA_CUDA_PLUGIN (tests/gpu.sh) the one for GPUs.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include "strata/core/json.hpp"
#include "strata/device/device.hpp"
#include "strata/plugin/host.hpp"

namespace strata_test {

inline strata::Registry& cuda_plugin() {
  static strata::PluginHost host;
  const char* other = std::getenv("STRATA_CUDA_PLUGIN");
  static const std::string file =
      other != nullptr ? other : std::string(STRATA_BINARY_DIR) + "/tests/cuda/plugins/cuda_on_host.so";
  static const std::string name = host.load(file).name;
  return strata::default_registry();
}

inline std::shared_ptr<strata::Device> cuda_device(const std::string& spec) {
  return cuda_plugin().make<strata::Device>(strata::parse_json(spec, "recipe.json"));
}

}  // namespace strata_test
