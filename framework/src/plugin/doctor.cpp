// diagnose_plugin: the checks that the host makes of a file, and what the system's loader would miss.
#include "strata/plugin/doctor.hpp"

#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "plugin/elf_file.hpp"
#include "plugin/library.hpp"
#include "plugin/library_search.hpp"
#include "plugin/plugin_file.hpp"
#include "strata/core/file.hpp"
#include "strata/core/version.hpp"

namespace fs = std::filesystem;

namespace strata {
namespace {

constexpr std::string_view kDoor = "strata_plugin_v1";

// What libstrata exports.
const std::set<std::string>& own_symbols() {
  static const std::set<std::string> names = [] {
    std::set<std::string> out;
    const std::string file = detail::own_library();
    if (file.empty()) return out;
    const std::string bytes = read_file(file);
    for (const detail::ElfFile::Symbol& symbol : detail::ElfFile(bytes, file).symbols()) {
      if (symbol.defined && !symbol.local) out.emplace(symbol.name);
    }
    return out;
  }();
  return names;
}

// A mangled name of namespace strata: functions, their tables, what they return by reference.
bool of_strata(std::string_view name) {
  return name.substr(0, 2) == "_Z" && name.substr(0, 12).find("6strata") != std::string_view::npos;
}

// The libraries and symbols that the file needs and defines.
void read_dynamic(const detail::PluginFile& plugin, PluginDiagnosis& out) {
  const detail::ElfFile elf(plugin.bytes, plugin.file);
  const detail::ElfFile::Dynamic dynamic = elf.dynamic();
  const std::string origin = fs::path(plugin.real).parent_path().string();
  for (const std::string& name : dynamic.needed) {
    out.needed.push_back({name, detail::find_needed(name, dynamic, origin)});
  }
  for (const detail::ElfFile::Symbol& symbol : elf.symbols()) {
    if (!symbol.defined) {
      if (of_strata(symbol.name) && own_symbols().count(std::string(symbol.name)) == 0) {
        out.unresolved.emplace_back(symbol.name);
      }
    } else if (symbol.unique) {
      out.pins.emplace_back(symbol.name);
    } else if (!symbol.local && symbol.name != kDoor) {
      out.leaks.emplace_back(symbol.name);
    }
  }
}

// The host leaves this to the system's loader, and says it in that one's words.
void check_needed(const PluginDiagnosis& found) {
  for (const NeededLibrary& library : found.needed) {
    if (!library.path.empty()) continue;
    throw Error("E_PLUGIN_LOAD", found.file, "needs " + printable(library.name) + ", which is nowhere to be found",
                "install it, or name its folder in LD_LIBRARY_PATH");
  }
  if (found.unresolved.empty()) return;
  throw Error("E_PLUGIN_LOAD", found.file,
              "needs " + std::to_string(found.unresolved.size()) + " symbols that this libstrata lacks, " +
                  printable(found.unresolved.front()) + " first",
              "build it against Strata " + std::string(version()));
}

}  // namespace

PluginDiagnosis diagnose_plugin(const std::string& file) {
  PluginDiagnosis out;
  out.file = file;
  const auto keep_first_reason = [&](const auto& step) {
    try {
      step();
    } catch (const Error& fault) {
      if (!out.reason) out.reason = fault;
    }
  };
  std::optional<detail::PluginFile> plugin;
  keep_first_reason([&] { check_plugin_file(plugin.emplace(file)); });
  if (!plugin || !plugin->header) return out;
  // A file with a header is told of in full, whatever else is wrong with it.
  out.header = plugin->header;
  std::error_code ignored;
  out.listed = fs::exists(manifest_path(plugin->real), ignored);
  if (plugin->manifest) {
    out.components = std::move(plugin->manifest->components);
    out.extensions = std::move(plugin->manifest->extensions);
  }
  keep_first_reason([&] {
    read_dynamic(*plugin, out);
    check_needed(out);
  });
  return out;
}

}  // namespace strata
