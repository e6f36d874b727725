// Components of the tree's plugins, found by their manifests and loaded through the real door.
#pragma once

#include <memory>
#include <string>

#include "strata/core/json.hpp"
#include "strata/plugin/host.hpp"

namespace strata_test {

inline strata::Registry& plugins() {
  static strata::Registry& registry = [&]() -> strata::Registry& {
    static strata::PluginHost host(strata::default_registry());
    host.add_directory(std::string(STRATA_BINARY_DIR) + "/lib/strata/plugins");
    return strata::default_registry();
  }();
  return registry;
}

// `json` is the component's part of a recipe; errors name it recipe.json.
template <class Role>
std::shared_ptr<Role> make(const std::string& json, const strata::FactsOf<Role>& facts = {}) {
  return plugins().make<Role>(strata::parse_json(json, "recipe.json"), facts);
}

}  // namespace strata_test
