// A plugin's manifest: what it brings, known without loading it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "strata/plugin/registry.hpp"

namespace strata::detail {

struct Manifest {
  PluginInfo plugin;  // file: the library beside the manifest; no hash
  std::vector<ComponentInfo> components;
  std::vector<std::string> extensions;  // keys of what it stages beside them
  std::string checksum;                 // ElfFile::checksum of the library; empty: not known
};

// E_PLUGIN_MANIFEST at the file for anything that is no manifest.
Manifest read_manifest(const std::string& file);

// The manifest beside a library, where there is one; `file` is what messages call the library. E_PLUGIN_FILE when it
// was made of another library than these bytes: damage in code may show at any time, so what runs well once proves
// little.
std::optional<Manifest> manifest_beside(const std::string& library, const std::string& file, std::string_view bytes);

}  // namespace strata::detail
