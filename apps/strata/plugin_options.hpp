// The options by which a verb finds plugins, and the host that has loaded what they name.
#pragma once

#include <string>
#include <vector>

#include "strata/plugin/host.hpp"

namespace strata::app {

struct PluginOptions {
  std::vector<std::string> plugin, plugin_path;
  void visit(auto& option) {
    option("plugin", plugin, "plugin file to load");
    option("plugin_path", plugin_path,
           "folder of plugins, which is searched before STRATA_PLUGIN_PATH and the installed plugins");
  }
};

// Search order: --plugin-path, STRATA_PLUGIN_PATH, the installed plugins; files are loaded at once.
inline void add_plugins(PluginHost& host, const PluginOptions& options) {
  for (const std::string& folder : options.plugin_path) host.add_directory(folder);
  host.add_default_directories();
  for (const std::string& file : options.plugin) host.load(file);
}

}  // namespace strata::app
