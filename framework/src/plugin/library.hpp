// A plugin's library in this process: loaded for good, and its registration run.
#pragma once

#include <memory>
#include <string>

#include "strata/plugin/plugin.hpp"

namespace strata::detail {

struct Library {
  std::shared_ptr<void> handle;  // never closed
  const PluginDescriptor* descriptor;
};

// The file of libstrata itself; empty where the loader does not say.
std::string own_library();

// `real` is the file's canonical path, `file` what messages call it, `sha256` its hash. Throws E_PLUGIN_LOAD, also when
// this process has loaded the path with another hash; E_PLUGIN_SYMBOL.
Library open_library(const std::string& real, const std::string& file, const std::string& sha256);

// Runs the registration; whatever it throws becomes E_PLUGIN_REGISTER, or stays the E_PLUGIN_* that it is.
void register_into(Registry& staged, const PluginDescriptor& descriptor, const std::string& file);

}  // namespace strata::detail
