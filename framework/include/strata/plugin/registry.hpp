// Registry: every component by role and name. Plugins register into a staged one, which is committed whole or dropped.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/core/options.hpp"
#include "strata/plugin/role.hpp"

namespace strata {

namespace detail {
// One component with its types erased; the closures are made in the file that registers it.
struct ComponentEntry {
  ComponentInfo info;
  std::string role_type;  // typeid of the role class, so that two classes of one role name are told apart
  std::function<std::shared_ptr<void>(const Config& spec, const void* facts, Registry&)> make;
  std::function<Config(const Config& spec, Registry&)> complete;
};
struct RegistryState;
}  // namespace detail

// Finds components that are not registered yet (PluginHost, by its manifests).
class STRATA_API ComponentProvider {
 public:
  virtual ~ComponentProvider();
  // Loads what provides the component; false when nothing is known to.
  virtual bool provide(std::string_view role, std::string_view name) = 0;
  // What provide() could load; loads nothing.
  virtual std::vector<ComponentInfo> available() const = 0;
  // Loads every plugin that stages a key beginning with `prefix`.
  virtual void provide_extensions(std::string_view prefix) = 0;
};

// What a plugin staged beside its components: the key ("kernels/cpu/onednn") and whose it is.
struct Extension {
  std::string key;    // as stage() was given it
  PluginInfo plugin;  // that staged it
};

// What add() returns.
class STRATA_API AddedComponent {
 public:
  // Made by Registry::add alone.
  explicit AddedComponent(ComponentInfo& info) : info_(&info) {}
  // "role/name" of a component of another plugin that this one makes: loaded first.
  AddedComponent& needs(std::string component);

 private:
  ComponentInfo* info_;
};

class STRATA_API Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // T: class derived from Role with a constructor T(const T::Options&, const Role::Facts&) or T(const T::Options&).
  // Every object that is made is told the traits, and they are asked of it. E_PLUGIN_DUPLICATE names both files when
  // role/name is taken; E_PLUGIN_NAME when the name is no plain word.
  template <class Role, class T>
  AddedComponent add(std::string name, std::string description, TraitsOf<Role> traits = {}) {
    static_assert(std::is_base_of_v<Role, T>);
    detail::ComponentEntry entry;
    entry.info.role = Role::kRole;
    entry.info.name = std::move(name);
    entry.info.description = std::move(description);
    entry.info.options = describe_options<OptionsOf<T>>();
    entry.role_type = typeid(Role).name();
    entry.make = [traits = std::move(traits)](const Config& spec, const void* facts,
                                              Registry& registry) -> std::shared_ptr<void> {
      const auto options = parse_options<OptionsOf<T>>(spec, &registry, true);
      std::shared_ptr<Role> made;
      if constexpr (std::is_constructible_v<T, const OptionsOf<T>&, const FactsOf<Role>&>) {
        made = std::make_shared<T>(options, *static_cast<const FactsOf<Role>*>(facts));
      } else if constexpr (std::is_constructible_v<T, const OptionsOf<T>&>) {
        made = std::make_shared<T>(options);
      } else {
        made = std::make_shared<T>();
      }
      if constexpr (!std::is_same_v<TraitsOf<Role>, NoTraits>) made->set_traits(traits);
      return made;  // holds the Role pointer, so that the cast back in make() is exact
    };
    entry.complete = [](const Config& spec, Registry& registry) {
      return dump_options(parse_options<OptionsOf<T>>(spec, &registry, true), &registry);
    };
    return AddedComponent(add_entry(std::move(entry)));
  }

  // spec: {"type": name, ...options}, or the name alone. The object keeps its plugin's library. Unknown names list the
  // known ones (E_CONFIG_COMPONENT); whatever else than Error a constructor throws becomes E_PLUGIN_MAKE.
  template <class Role>
  std::shared_ptr<Role> make(const Config& spec, const FactsOf<Role>& facts = {}) {
    return std::static_pointer_cast<Role>(make_entry(Role::kRole, typeid(Role).name(), spec, &facts));
  }

  // The component's description; loads its plugin when it is only known by manifest. E_CONFIG_COMPONENT when unknown.
  ComponentInfo component(std::string_view role, std::string_view name);
  bool has(std::string_view role, std::string_view name) const;         // registered or provided; loads nothing
  bool registered(std::string_view role, std::string_view name) const;  // loads and asks nothing
  // Registered and provided ones by role and name; loads nothing.
  std::vector<ComponentInfo> components(std::string_view role = {}) const;

  // The spec checked against its component, with all defaults filled in, nested components included.
  Config complete(std::string_view role, const Config& spec);

  // Anything else that registers (ops, kernels): `commit` runs when the transaction commits (at once outside of one),
  // after every `check` passed; it must not throw. A key (say "kernel/cpu/softmax/onednn") is taken once in the
  // process: E_PLUGIN_DUPLICATE otherwise, naming both files.
  void stage(std::string key, std::function<void()> commit, std::function<void()> check = {});

  // What was staged, by key. load_extensions has the provider load first whatever stages a key beginning with `prefix`:
  // the kernels of a device, "kernels/cpu/".
  std::vector<Extension> extensions() const;
  void load_extensions(std::string_view prefix);

  // A transaction: register into *begin(), then commit() it. A staged registry that is destroyed leaves no trace; one
  // that was committed takes nothing more (E_PLUGIN_REGISTER).
  std::unique_ptr<Registry> begin(PluginInfo plugin, std::shared_ptr<void> library = nullptr);
  void commit(Registry& staged);

  // Asked for what is not registered; null: nobody. Outlives its last use here.
  void set_provider(ComponentProvider* provider);
  const PluginInfo& plugin() const noexcept;  // whose registrations this takes

 private:
  ComponentInfo& add_entry(detail::ComponentEntry entry);
  std::shared_ptr<void> make_entry(std::string_view role, std::string_view type, const Config& spec, const void* facts);

  std::unique_ptr<detail::RegistryState> state_;
};

// The process's own registry, with the built-in components ("strata") in it.
STRATA_API Registry& default_registry();

}  // namespace strata
