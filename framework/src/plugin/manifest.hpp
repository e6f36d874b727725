// A plugin's manifest: what it brings, known without loading it.
#pragma once

#include <string>
#include <vector>

#include "strata/plugin/registry.hpp"

namespace strata::detail {

struct Manifest {
  PluginInfo plugin;  // file: the library beside the manifest; no hash
  std::vector<ComponentInfo> components;
  std::vector<std::string> extensions;  // keys of what it stages beside them
};

// E_PLUGIN_MANIFEST at the file for anything that is no manifest.
Manifest read_manifest(const std::string& file);

}  // namespace strata::detail
