// diagnose_plugin: finds out whether this host would load a plugin file, by reading the file. Nothing in it is run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/plugin/host.hpp"

namespace strata {

// A shared library that the plugin was linked with.
struct NeededLibrary {
  std::string name;  // name in the file: "libstrata.so.0.1"
  std::string path;  // file that the system's loader would take; empty: it would find none
};

// The findings about a plugin file.
struct PluginDiagnosis {
  std::string file;                    // the file name that was given
  std::optional<PluginHeader> header;  // header of the plugin; empty when it could not be read
  std::vector<NeededLibrary> needed;   // libraries that the file needs, in its order
  // Symbols of libstrata that the plugin needs and that this libstrata does not have.
  std::vector<std::string> unresolved;
  std::vector<std::string> leaks;  // symbols that the plugin exports besides strata_plugin_v1
  // Symbols that exist once in a process (STB_GNU_UNIQUE), so that all plugins would share them.
  std::vector<std::string> pins;
  bool listed = false;                    // true when there is a manifest next to the file
  std::vector<ComponentInfo> components;  // components in the manifest
  std::vector<std::string> extensions;    // extensions in the manifest: "kernels/cpu/onednn", "ops/bias_swish"
  std::optional<Error> reason;  // error with which the host would refuse the file; empty: it would load the file
};

// Examines a plugin file. A fault of the file is not thrown, but returned as PluginDiagnosis::reason.
STRATA_API PluginDiagnosis diagnose_plugin(const std::string& file);

}  // namespace strata
