// diagnose_plugin: the host's checks in its order, and what it cannot see before it loads.
#include "strata/plugin/doctor.hpp"

#include <filesystem>
#include <set>

#include "plugin/elf_file.hpp"
#include "plugin/header.hpp"
#include "plugin/library.hpp"
#include "plugin/library_search.hpp"
#include "plugin/manifest.hpp"
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

void read_symbols(const detail::ElfFile& elf, PluginDiagnosis& out) {
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

void read_manifest_of(PluginDiagnosis& out, const std::string& bytes) {
  out.listed = fs::exists(manifest_path(out.file));
  auto manifest = detail::manifest_beside(out.file, out.file, bytes);
  if (!manifest) return;
  out.components = std::move(manifest->components);
  out.extensions = std::move(manifest->extensions);
}

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
  try {
    const std::string bytes = detail::read_library(file);
    const detail::ElfFile elf(bytes, file);
    out.header = detail::parse_header(bytes, file);
    const detail::ElfFile::Dynamic dynamic = elf.dynamic();
    const std::string origin = fs::absolute(file).parent_path().string();
    for (const std::string& name : dynamic.needed) {
      out.needed.push_back({name, detail::find_needed(name, dynamic, origin)});
    }
    read_symbols(elf, out);
    check_plugin_header(*out.header, file);
    read_manifest_of(out, bytes);
    check_needed(out);
  } catch (const Error& fault) {
    out.reason = fault;
  }
  return out;
}

}  // namespace strata
