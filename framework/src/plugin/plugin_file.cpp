// The list of checks that the host and the doctor share.
#include "plugin/plugin_file.hpp"

#include <filesystem>
#include <utility>

#include "plugin/elf_file.hpp"
#include "plugin/header.hpp"
#include "strata/core/error.hpp"

namespace strata::detail {

PluginFile::PluginFile(std::string name) : file(std::move(name)) {
  std::error_code fault;
  real = std::filesystem::canonical(file, fault).string();
  if (fault) throw Error("E_PLUGIN_FILE", file, "cannot be found: " + fault.message());
}

void check_plugin_file(PluginFile& plugin) {
  plugin.bytes = read_library(plugin.file);
  plugin.header = parse_header(plugin.bytes, plugin.file);
  check_plugin_header(*plugin.header, plugin.file);
  plugin.manifest = manifest_beside(plugin.real, plugin.file, plugin.bytes);
  const bool compared = plugin.manifest && !plugin.manifest->checksum.empty();
  plugin.checksum = compared ? plugin.manifest->checksum : ElfFile(plugin.bytes, plugin.file).checksum();
}

}  // namespace strata::detail
