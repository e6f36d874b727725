// What a Registry holds; a staged one holds what its plugin has registered so far.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/error.hpp"
#include "strata/core/version.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {

struct StoredComponent {
  ComponentEntry entry;
  std::shared_ptr<void> library;

  // Two plugins may have given different classes one role name; a cast between them would be a crash.
  void check_role_type(std::string_view type) const {
    if (entry.role_type == type) return;
    throw Error("E_PLUGIN_ROLE", entry.info.plugin.file,
                entry.info.role + "/" + entry.info.name + " has the role class " + entry.role_type + ", wanted is " +
                    std::string(type));
  }
};

struct StagedAction {
  std::function<void()> commit, check;
};

struct RegistryState {
  Registry* root = nullptr;  // itself unless staged
  PluginInfo plugin;
  std::shared_ptr<void> library;
  bool sealed = false;
  ComponentProvider* provider = nullptr;
  std::recursive_mutex mutex;
  std::map<std::string, PluginInfo> keys;  // everything registered, components and others
  std::map<std::string, std::unique_ptr<StoredComponent>> components;
  std::vector<StagedAction> actions;
  std::vector<Extension> extensions;

  void refuse_when_sealed() const {
    if (sealed) throw Error("E_PLUGIN_REGISTER", plugin.file, "registers after its registration has ended");
  }
  // Asks the provider when needed; E_CONFIG_COMPONENT at `place` when nobody has it.
  const StoredComponent& find(std::string_view role, const std::string& name, const std::string& place);
};

}  // namespace strata::detail
