// PluginFile: what is read of a plugin's file, and checked of it, before anything of it runs.
#pragma once

#include <optional>
#include <string>

#include "plugin/manifest.hpp"
#include "strata/plugin/host.hpp"

namespace strata::detail {

// Members are filled in by check_plugin_file() as far as it comes.
struct PluginFile {
  // Throws E_PLUGIN_FILE when there is no such file.
  explicit PluginFile(std::string name);

  std::string file, real;  // what messages call it, and its canonical path
  std::string bytes;
  std::optional<PluginHeader> header;
  std::optional<Manifest> manifest;  // none when none is beside the file
  std::string checksum;              // ElfFile::checksum
};

// The checks of a file, in their order: a host refuses what they refuse, and the doctor, which calls them as well, says
// the same. Throws E_PLUGIN_FILE, _SYMBOL, _VERSION, _ABI, _NAME or _MANIFEST.
void check_plugin_file(PluginFile& plugin);

}  // namespace strata::detail
