#pragma once
#include <dlfcn.h>
#include "strata/plugin/plugin.hpp"
#include "strata/core/json.hpp"
#include <set>
namespace strata_test {
template <class Role> std::shared_ptr<Role> make(const std::string& plugin, const std::string& json) {
  static std::set<std::string> loaded;
  if (loaded.insert(plugin).second) {
    void* h = dlopen((std::string(STRATA_BINARY_DIR) + "/lib/strata/plugins/" + plugin + ".so").c_str(), RTLD_NOW);
    auto* d = static_cast<const strata::PluginDescriptor*>(dlsym(h, "strata_plugin_v1"));
    d->register_all(strata::default_registry());
  }
  return strata::default_registry().make<Role>(strata::parse_json(json, "recipe.json"));
}
}
