// The CUDA backend whose kernels are compiled for the host, over the stand-in for the driver; with
// STRATA_CUDA_PLUGIN (tests/gpu.sh) the one for GPUs.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/device/device.hpp"
#include "strata/plugin/host.hpp"

namespace strata_test {

inline strata::PluginHost& plugin_host() {
  static strata::PluginHost host;
  return host;
}

// A plugin that needs no GPU: of the build tree, or with STRATA_CUDA_PLUGIN what stands beside that.
inline void load_beside(const std::string& name) {
  const char* other = std::getenv("STRATA_CUDA_PLUGIN");
  const std::filesystem::path folder = other != nullptr
                                           ? std::filesystem::path(other).parent_path()
                                           : std::filesystem::path(STRATA_BINARY_DIR "/lib/strata/plugins");
  (void)plugin_host().load((folder / (name + ".so")).string());
}

// NAME_on_host, or with STRATA_CUDA_PLUGIN what stands beside that.
inline void load_cuda(const std::string& name) {
  const char* other = std::getenv("STRATA_CUDA_PLUGIN");
  const std::filesystem::path folder = other != nullptr
                                           ? std::filesystem::path(other).parent_path()
                                           : std::filesystem::path(STRATA_BINARY_DIR "/tests/cuda/plugins");
  (void)plugin_host().load((folder / (name + (other != nullptr ? ".so" : "_on_host.so"))).string());
}

inline strata::Registry& cuda_plugin() {
  load_cuda("cuda");
  return strata::default_registry();
}

// Of an author who brings a kernel of his own (plugins/examples).
inline void load_example() { load_cuda("swish_kernel"); }

inline std::shared_ptr<strata::Device> cuda_device(const std::string& spec) {
  return cuda_plugin().make<strata::Device>(strata::parse_json(spec, "recipe.json"));
}

// What the device counts under that name.
inline std::int64_t counted(const strata::Device& device, const std::string& name) {
  for (const strata::DeviceCount& one : device.counts()) {
    if (one.name == name) return one.value;
  }
  throw strata::Error("E_INTERNAL", device.name(), "nothing counts " + name);
}

}  // namespace strata_test
