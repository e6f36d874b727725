// Manifests out and in.
#include "plugin/manifest.hpp"

#include <filesystem>

#include "plugin/elf_file.hpp"
#include "plugin/header.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/host.hpp"

namespace strata {

std::string manifest_path(const std::string& library) {
  return std::filesystem::path(library).replace_extension(".plugin.json").string();
}

Config make_manifest(const PluginInfo& plugin, const std::vector<ComponentInfo>& components,
                     const std::vector<Extension>& extensions) {
  Config list = Config::array();
  for (const ComponentInfo& info : components) {
    Config options = Config::array();
    for (const OptionInfo& option : info.options) options.append(option.to_config());
    Config entry = Config::object({{"role", info.role}, {"name", info.name}, {"description", info.description}});
    if (!info.needs.empty()) entry.put("needs", Config::array({info.needs.begin(), info.needs.end()}));
    entry.put("options", std::move(options));
    list.append(std::move(entry));
  }
  Config keys = Config::array();
  for (const Extension& extension : extensions) keys.append(extension.key);
  const std::string bytes = detail::read_library(plugin.file);
  return Config::object({{"plugin", plugin.name},
                         {"version", plugin.version},
                         {"library", std::filesystem::path(plugin.file).filename().string()},
                         {"checksum", detail::ElfFile(bytes, plugin.file).checksum()},
                         {"components", std::move(list)},
                         {"extensions", std::move(keys)}});
}

detail::Manifest detail::read_manifest(const std::string& file) {
  try {
    const Config config = read_json(file);
    Manifest out;
    out.plugin.name = config.at("plugin").string();
    out.plugin.version = config.at("version").string();
    const std::filesystem::path library = config.at("library").string();
    if (library.empty() || library != library.filename()) {
      throw Error("E_PLUGIN_MANIFEST", config.at("library").place(), "names no file of its own folder");
    }
    out.plugin.file = (std::filesystem::path(file).parent_path() / library).string();
    if (const Config* checksum = config.find("checksum")) out.checksum = checksum->string();
    for (const Config& key : config.at("extensions").items()) out.extensions.push_back(key.string());
    for (const Config& entry : config.at("components").items()) {
      ComponentInfo& info = out.components.emplace_back();
      info.role = entry.at("role").string();
      info.name = entry.at("name").string();
      info.description = entry.at("description").string();
      info.plugin = out.plugin;
      if (const Config* needs = entry.find("needs")) {
        for (const Config& need : needs->items()) info.needs.push_back(need.string());
      }
      for (const Config& option : entry.at("options").items()) info.options.push_back(OptionInfo::from_config(option));
    }
    return out;
  } catch (const Error& fault) {
    throw Error("E_PLUGIN_MANIFEST", fault.place(), "is no manifest of a plugin: " + fault.message(),
                "building the plugin writes it anew");
  }
}

std::optional<detail::Manifest> detail::manifest_beside(const std::string& library, const std::string& file,
                                                        std::string_view bytes) {
  const std::string beside = manifest_path(library);
  if (!std::filesystem::exists(beside)) return std::nullopt;
  Manifest manifest = read_manifest(beside);
  const std::string& wanted = manifest.checksum;
  if (wanted.empty()) return manifest;
  const std::string found = ElfFile(bytes, file).checksum();
  if (found == wanted) return manifest;
  throw Error(
      "E_PLUGIN_FILE", file,
      "is damaged, or not what its manifest was made of: its checksum is " + found + ", the manifest says " + wanted,
      "build or copy it again; strata-manifest FILE makes a new manifest of a library that is as it should be");
}

}  // namespace strata
