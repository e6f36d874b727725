// How config.json of a checkpoint names plugins: {"name", "version", "sha256"}. A checkpoint is given away, so it holds
// no path of the machine that made it; and it is data from others, so no file that it names is ever loaded.
#pragma once

#include <string>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/plugin/role.hpp"

namespace strata::detail {

Config plugin_record(const PluginInfo& plugin);
STRATA_API Config plugin_records(const std::vector<PluginInfo>& plugins);
// E_CONFIG_* for what is no record.
STRATA_API PluginInfo plugin_of_record(const Config& record);

// Those under "strata" of a checkpoint's config.json; a file that an old one holds comes with them.
std::vector<PluginInfo> recorded_plugins(const Config& config);

// read_checkpoint_recipe() and read_checkpoint_plugins() of a checkpoint that the caller has verified: config.json is
// only read.
STRATA_API Config read_verified_recipe(const std::string& folder);
STRATA_API std::vector<PluginInfo> read_verified_plugins(const std::string& folder);

// Replaces files under "plugins" of a checkpoint's config.json, as an old one has them, by the records that "strata"
// has of them, or by the name of the file alone.
STRATA_API void name_no_files(Config& config);

}  // namespace strata::detail
