// Records of plugins, and what stands in for the files of old checkpoints.
#include "checkpoint/plugin_records.hpp"

#include <filesystem>

namespace strata::detail {
namespace {

std::string name_of(const std::string& file) { return std::filesystem::path(file).filename().string(); }

}  // namespace

Config plugin_record(const PluginInfo& plugin) {
  return Config::object({{"name", plugin.name}, {"version", plugin.version}, {"sha256", plugin.sha256}});
}

Config plugin_records(const std::vector<PluginInfo>& plugins) {
  Config list = Config::array();
  for (const PluginInfo& plugin : plugins) list.append(plugin_record(plugin));
  return list;
}

PluginInfo plugin_of_record(const Config& record) {
  PluginInfo plugin;
  plugin.name = record.at("name").string();
  plugin.version = record.at("version").string();
  plugin.sha256 = record.at("sha256").string();
  if (const Config* file = record.find("file")) plugin.file = file->string();
  return plugin;
}

std::vector<PluginInfo> recorded_plugins(const Config& config) {
  std::vector<PluginInfo> plugins;
  const Config* list = config.find_path("strata.plugins");
  if (list == nullptr) return plugins;
  for (const Config& one : list->items()) plugins.push_back(plugin_of_record(one));
  return plugins;
}

void name_no_files(Config& config) {
  const Config* list = config.find("plugins");
  if (list == nullptr) return;
  const std::vector<PluginInfo> known = recorded_plugins(config);
  Config records = Config::array();
  for (const Config& item : list->items()) {
    if (!item.is_string()) {
      records.append(item);
      continue;
    }
    PluginInfo named;
    named.name = name_of(item.string());
    for (const PluginInfo& one : known) {
      if (!one.file.empty() && name_of(one.file) == name_of(item.string())) named = one;
    }
    Config record = plugin_record(named);
    record.set_source(item.place());
    records.append(std::move(record));
  }
  config.put("plugins", std::move(records));
}

}  // namespace strata::detail
