// Registry: the type-erased core of registering, looking up and making components.
#include "strata/plugin/registry.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <new>

#include "core/loaded_code.hpp"
#include "plugin/builtins.hpp"
#include "plugin/registry_state.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"

namespace strata {
namespace {

using detail::RegistryState;
using detail::StoredComponent;

std::string key_of(std::string_view role, std::string_view name) { return std::string(role) + "/" + std::string(name); }

std::string owner_of(const PluginInfo& plugin) {
  return plugin.file.empty() ? "\"" + plugin.name + "\" (built in)" : plugin.file;
}

std::string place_of(const PluginInfo& plugin) { return plugin.file.empty() ? plugin.name : plugin.file; }

[[noreturn]] void duplicate(const std::string& key, const PluginInfo& earlier, const PluginInfo& later) {
  throw Error("E_PLUGIN_DUPLICATE", place_of(later), key + " is already registered by " + owner_of(earlier),
              "load only one of the two");
}

// A component that another plugin could be loaded for, too, would be the one or the other by what was asked for first.
// A plugin that has the name of one that could be loaded stands in for all of it.
void refuse_shadows(const RegistryState& staged, const std::vector<ComponentInfo>& available) {
  for (const ComponentInfo& other : available) {
    if (other.plugin.name == staged.plugin.name) continue;
    const std::string key = key_of(other.role, other.name);
    if (staged.components.find(key) == staged.components.end()) continue;
    throw Error("E_PLUGIN_DUPLICATE", place_of(staged.plugin), key + " is also in " + owner_of(other.plugin),
                "give it another name, or load only one of the two");
  }
}

// The name and, for messages, where it stands.
struct Wanted {
  std::string name, place;
};

Wanted wanted_of(std::string_view role, const Config& spec) {
  if (spec.is_string()) return {spec.string(), spec.place()};
  if (const Config* type = spec.find("type")) return {type->string(), type->place()};
  throw Error("E_CONFIG_MISSING", spec.place_of("type"), "is missing", "the name of a " + std::string(role));
}

void check_name(const std::string& name, std::string_view what, const PluginInfo& plugin) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  if (!name.empty() && name.size() <= 64 && name.front() != '.' && std::all_of(name.begin(), name.end(), plain)) return;
  throw Error("E_PLUGIN_NAME", place_of(plugin), std::string(what) + " \"" + name + "\" is no plain name",
              "letters, digits, '_', '-', '.'; at most 64");
}

}  // namespace

ComponentProvider::~ComponentProvider() = default;

AddedComponent& AddedComponent::needs(std::string component) {
  info_->needs.push_back(std::move(component));
  return *this;
}

Registry::Registry() : state_(std::make_unique<RegistryState>()) {
  state_->root = this;
  state_->plugin.name = "strata";
  state_->plugin.version = std::string(version());
}

Registry::~Registry() = default;

const PluginInfo& Registry::plugin() const noexcept { return state_->plugin; }
void Registry::set_provider(ComponentProvider* provider) { state_->provider = provider; }

ComponentInfo& Registry::add_entry(detail::ComponentEntry entry) {
  RegistryState& state = *state_;
  state.refuse_when_sealed();
  check_name(entry.info.role, "the role", state.plugin);
  check_name(entry.info.name, "the component", state.plugin);
  entry.info.plugin = state.plugin;
  const std::string key = key_of(entry.info.role, entry.info.name);
  const std::lock_guard lock(state.mutex);
  if (const auto taken = state.keys.find(key); taken != state.keys.end()) duplicate(key, taken->second, state.plugin);
  auto stored = std::make_unique<StoredComponent>(StoredComponent{std::move(entry), state.library});
  ComponentInfo& info = stored->entry.info;
  state.keys.emplace(key, state.plugin);
  state.components.emplace(key, std::move(stored));
  return info;
}

void Registry::register_extension(std::string key, std::function<void()> commit, std::function<void()> check) {
  RegistryState& state = *state_;
  state.refuse_when_sealed();
  const std::lock_guard lock(state.mutex);
  if (const auto taken = state.keys.find(key); taken != state.keys.end()) duplicate(key, taken->second, state.plugin);
  if (state.root == this) {
    if (check) check();
    commit();
  } else {
    state.actions.push_back({std::move(commit), std::move(check)});
  }
  state.keys.emplace(key, state.plugin);
  state.extensions.push_back({std::move(key), state.plugin});
}

std::vector<Extension> Registry::extensions() const {
  const std::lock_guard lock(state_->mutex);
  return state_->extensions;
}

void Registry::load_extensions(std::string_view prefix) {
  if (ComponentProvider* provider = state_->root->state_->provider) provider->provide_extensions(prefix);
}

std::unique_ptr<Registry> Registry::begin(PluginInfo plugin, std::shared_ptr<void> library) {
  auto staged = std::make_unique<Registry>();
  staged->state_->root = state_->root;
  staged->state_->plugin = std::move(plugin);
  staged->state_->library = std::move(library);
  return staged;
}

void Registry::commit(Registry& staged) {
  RegistryState &root = *state_->root->state_, &from = *staged.state_;
  if (from.root != state_->root || &root == &from) throw Error("E_INTERNAL", "", "commit of another registry's stage");
  if (root.provider != nullptr) refuse_shadows(from, root.provider->available());
  from.refuse_when_sealed();
  const std::scoped_lock lock(root.mutex, from.mutex);
  for (const auto& key : from.keys) {
    if (const auto taken = root.keys.find(key.first); taken != root.keys.end()) {
      duplicate(key.first, taken->second, from.plugin);
    }
  }
  for (const detail::StagedAction& action : from.actions) {
    if (action.check) action.check();
  }
  root.keys.merge(from.keys);
  root.extensions.insert(root.extensions.end(), from.extensions.begin(), from.extensions.end());
  root.components.merge(from.components);
  for (const detail::StagedAction& action : from.actions) action.commit();
  from.actions.clear();
  from.sealed = true;
}

const detail::StoredComponent& detail::RegistryState::find(std::string_view role, const std::string& name,
                                                           const std::string& place) {
  const std::string key = key_of(role, name);
  for (const bool provided : {false, true}) {
    // The provider loads and registers: its own lock comes before this one's, so this one is not held meanwhile.
    if (provided && (provider == nullptr || !provider->provide(role, name))) break;
    const std::lock_guard lock(mutex);
    if (const auto found = components.find(key); found != components.end()) return *found->second;
  }
  std::vector<std::string> known;
  std::string list;
  for (const ComponentInfo& info : root->components(role)) {
    known.push_back(info.name);
    list += (list.empty() ? "" : ", ") + info.name;
  }
  const std::string near = nearest_name(name, known);
  const std::string suggestion = near.empty() ? "" : "did you mean \"" + near + "\"? ";
  throw Error("E_CONFIG_COMPONENT", place, "no " + std::string(role) + " is called \"" + name + "\"",
              known.empty() ? "no plugin here has any " + std::string(role) : suggestion + "known: " + list);
}

std::shared_ptr<void> Registry::make_entry(std::string_view role, std::string_view type, const Config& spec,
                                           const void* facts) {
  const Wanted wanted = wanted_of(role, spec);
  const StoredComponent& stored = state_->root->state_->find(role, wanted.name, wanted.place);
  stored.check_role_type(type);
  const std::string key = key_of(role, wanted.name);
  const PluginInfo& plugin = stored.entry.info.plugin;
  const auto foreign = [&](const std::string& what) {
    return Error("E_PLUGIN_MAKE", wanted.place, key + " of " + owner_of(plugin) + " could not be made: " + what);
  };
  struct Held {  // members are destroyed last to first: the object before its library
    std::shared_ptr<void> library, object;
  };
  const detail::LoadedCode* code = detail::code_of_file(plugin.file);
  const PluginCall call("a constructor", code == nullptr ? nullptr : reinterpret_cast<const void*>(code->begin));
  try {
    auto held = std::make_shared<Held>(Held{stored.library, nullptr});
    held->object = stored.entry.make(spec, facts, *state_->root);
    void* object = held->object.get();
    return {std::move(held), object};
  } catch (const Error& fault) {
    if (!fault.place().empty() || spec.place().empty()) throw;
    throw Error(fault.code(), spec.place(), fault.message(), fault.hint());
  } catch (const std::bad_alloc&) {
    throw Error("E_MEMORY", spec.place(), "out of memory while making " + key);
  } catch (const std::exception& fault) {
    throw foreign(fault.what());
  } catch (...) {
    throw foreign("it threw something that is no exception class");
  }
}

Config Registry::complete(std::string_view role, const Config& spec) {
  const Wanted wanted = wanted_of(role, spec);
  const StoredComponent& stored = state_->root->state_->find(role, wanted.name, wanted.place);
  Config out = Config::object({{"type", wanted.name}});
  const Config options = stored.entry.complete(spec, *state_->root);
  for (const auto& option : options.members()) out.put(option.first, option.second);
  return out;
}

ComponentInfo Registry::component(std::string_view role, std::string_view name) {
  return state_->root->state_->find(role, std::string(name), "").entry.info;
}

const void* Registry::find_traits(std::string_view role, std::string_view type, const Config& spec) {
  const Wanted wanted = wanted_of(role, spec);
  const StoredComponent& stored = state_->root->state_->find(role, wanted.name, wanted.place);
  stored.check_role_type(type);
  return stored.entry.traits.get();
}

bool Registry::has(std::string_view role, std::string_view name) const {
  for (const ComponentInfo& info : components(role)) {
    if (info.name == name) return true;
  }
  return false;
}

bool Registry::registered(std::string_view role, std::string_view name) const {
  RegistryState& root = *state_->root->state_;
  const std::lock_guard lock(root.mutex);
  return root.components.find(key_of(role, name)) != root.components.end();
}

std::vector<ComponentInfo> Registry::components(std::string_view role) const {
  RegistryState& root = *state_->root->state_;
  std::map<std::string, ComponentInfo> sorted;
  const auto wanted = [&](const ComponentInfo& info) { return role.empty() || info.role == role; };
  {
    const std::lock_guard lock(root.mutex);
    for (const auto& stored : root.components) {
      if (wanted(stored.second->entry.info)) sorted.emplace(stored.first, stored.second->entry.info);
    }
  }
  if (root.provider != nullptr) {
    for (ComponentInfo& info : root.provider->available()) {
      if (wanted(info)) sorted.try_emplace(key_of(info.role, info.name), std::move(info));
    }
  }
  std::vector<ComponentInfo> out;
  for (auto& entry : sorted) out.push_back(std::move(entry.second));
  return out;
}

Registry& default_registry() {
  // Never destroyed: plugins' code may outlive every static object of this library.
  static Registry* shared = [] {
    auto* made = new Registry;
    register_builtins(*made);
    return made;
  }();
  return *shared;
}

}  // namespace strata
