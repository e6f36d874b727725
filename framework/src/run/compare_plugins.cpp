// By name and by the checksum of what a loader reads, which installing does not change.
#include "run/compare_plugins.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "checkpoint/plugin_records.hpp"
#include "strata/core/log.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

bool is_one_of(std::string_view role, std::initializer_list<std::string_view> roles) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool uses(UsedBy what, std::string_view role) {
  switch (what) {
    case UsedBy::training: return true;
    case UsedBy::measures: return is_one_of(role, {"dataset", "metric"});
    case UsedBy::model:
      return !is_one_of(role, {"dataset", "metric", "optimizer", "schedule", "trainer", "communicator"});
  }
  return true;
}

// Files of the plugins that bring something of use: components, or ops and kernels.
std::set<std::string> files_of_use(const Registry& registry, UsedBy what) {
  std::set<std::string> files;
  for (const ComponentInfo& info : registry.components()) {
    if (uses(what, info.role)) files.insert(info.plugin.file);
  }
  if (what == UsedBy::measures) return files;
  for (const Extension& extension : registry.extensions()) files.insert(extension.plugin.file);
  return files;
}

}  // namespace

void warn_of_other_plugins(const std::string& folder, const Host& host, UsedBy what) {
  if (host.plugins == nullptr) return;
  const std::vector<PluginInfo> recorded = read_verified_plugins(folder);
  const std::set<std::string> of_use = files_of_use(host.registry, what);
  std::string others;
  int count = 0;
  for (const PluginInfo& now : host.plugins->loaded()) {
    const auto then = std::find_if(recorded.begin(), recorded.end(), [&](const auto& r) { return r.name == now.name; });
    if (then == recorded.end() || then->sha256 == now.sha256 || of_use.count(now.file) == 0) continue;
    others += (count++ > 0 ? ", " : "") + now.name + " " + now.version;
    if (then->version != now.version) others += " (it was " + then->version + ")";
  }
  if (count == 0) return;
  log_warning((count == 1 ? "plugin " : "plugins ") + others + (count == 1 ? " is not the one" : " are not those") +
              " that " + folder + " was made with: results may differ");
}

}  // namespace strata::detail
