// The options by which a verb finds plugins, and the host that has loaded what they name.
#pragma once

#include <algorithm>
#include <optional>
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

// The plugin options among words whose other options are not known yet, as they depend on what the plugins have.
inline PluginOptions plugin_options_in(const std::vector<std::string>& words) {
  PluginOptions found;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const auto value_of = [&](const std::string& option) -> std::optional<std::string> {
      std::string word = words[i].substr(0, option.size());
      std::replace(word.begin(), word.end(), '_', '-');
      if (word != option) return {};
      if (words[i].size() > option.size()) {
        return words[i][option.size()] == '=' ? std::optional(words[i].substr(option.size() + 1)) : std::nullopt;
      }
      return i + 1 < words.size() ? std::optional(words[i + 1]) : std::nullopt;
    };
    if (const auto file = value_of("--plugin")) found.plugin.push_back(*file);
    if (const auto folder = value_of("--plugin-path")) found.plugin_path.push_back(*folder);
  }
  return found;
}

// Search order: --plugin-path, STRATA_PLUGIN_PATH, the installed plugins; files are loaded at once.
inline void add_plugins(PluginHost& host, const PluginOptions& options) {
  for (const std::string& folder : options.plugin_path) host.add_directory(folder);
  host.add_default_directories();
  for (const std::string& file : options.plugin) host.load(file);
}

}  // namespace strata::app
