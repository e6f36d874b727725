// diagnose_plugin: would this host take a plugin file? Read from its bytes; nothing of it runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/plugin/host.hpp"

namespace strata {

// A shared library that the plugin was linked with.
struct NeededLibrary {
  std::string name;  // as the file has it: "libstrata.so.0.1"
  std::string path;  // where the system's loader would find it; empty: nowhere
};

// What a plugin's bytes tell.
struct PluginDiagnosis {
  std::string file;                       // as given
  std::optional<PluginHeader> header;     // unless the file could not be read so far
  std::vector<NeededLibrary> needed;      // in the file's order
  std::vector<std::string> unresolved;    // symbols of libstrata that it needs and this host's lacks
  std::vector<std::string> leaks;         // defined for others, beside the door
  std::vector<std::string> pins;          // one for the whole process (STB_GNU_UNIQUE): every plugin would share it
  bool listed = false;                    // there is a manifest beside it
  std::vector<ComponentInfo> components;  // of the manifest
  std::vector<std::string> extensions;    // of the manifest: "kernels/cpu/onednn", "ops/bias_swish"
  std::optional<Error> reason;            // why the host would refuse it; none: it would not
};

// Never throws for anything about the file itself: that is the reason.
STRATA_API PluginDiagnosis diagnose_plugin(const std::string& file);

}  // namespace strata
