// Registry: all components by role and name. A plugin registers in a transaction, which is committed as a whole or
// dropped.
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
// A component without its static types; the functions are instantiated in the file that registers it.
struct ComponentEntry {
  ComponentInfo info;
  std::string role_type;  // typeid of the role's class, which distinguishes two classes with the same role name
  std::function<std::shared_ptr<void>(const Config& spec, const void* facts, Registry&)> make;
  std::function<Config(const Config& spec, Registry&)> complete;
  std::shared_ptr<const void> traits;  // TraitsOf<Role>
};
struct RegistryState;
}  // namespace detail

// Interface of an object that can load components which are not registered yet; PluginHost does this with manifests.
class STRATA_API ComponentProvider {
 public:
  virtual ~ComponentProvider();
  // Loads the plugin that has the component. Returns false when none is known.
  virtual bool provide(std::string_view role, std::string_view name) = 0;
  // Returns the components that provide() could load, without loading them.
  virtual std::vector<ComponentInfo> available() const = 0;
  // Loads every plugin with an extension whose key begins with `prefix`.
  virtual void provide_extensions(std::string_view prefix) = 0;
};

// Something that a plugin registers besides components, such as kernels or an op.
struct Extension {
  std::string key;    // key given to Registry::register_extension(): "kernels/cpu/onednn"
  PluginInfo plugin;  // plugin that registered it
};

// The return value of Registry::add().
class STRATA_API AddedComponent {
 public:
  // Only Registry::add() makes one.
  explicit AddedComponent(ComponentInfo& info) : info_(&info) {}
  // Declares that the component makes a component "role/name" of another plugin, which is then loaded first.
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

  // Registers a component. T is a class derived from Role with a constructor T(const T::Options&, const Role::Facts&),
  // T(const T::Options&) or T(). Every object that is made gets the traits. Throws E_PLUGIN_DUPLICATE, which names both
  // files, when there is a component role/name already, and E_PLUGIN_NAME when the name has characters that are not
  // allowed.
  template <class Role, class T>
  AddedComponent add(std::string name, std::string description, TraitsOf<Role> traits = {}) {
    static_assert(std::is_base_of_v<Role, T>);
    detail::ComponentEntry entry;
    entry.info.role = Role::kRole;
    entry.info.name = std::move(name);
    entry.info.description = std::move(description);
    entry.info.options = describe_options<OptionsOf<T>>();
    entry.role_type = typeid(Role).name();
    entry.make = [traits](const Config& spec, const void* facts, Registry& registry) -> std::shared_ptr<void> {
      const auto options = parse_options<OptionsOf<T>>(spec, &registry, true);
      std::shared_ptr<Role> made;
      if constexpr (std::is_constructible_v<T, const OptionsOf<T>&, const FactsOf<Role>&>) {
        made = std::make_shared<T>(options, *static_cast<const FactsOf<Role>*>(facts));
      } else if constexpr (std::is_constructible_v<T, const OptionsOf<T>&>) {
        made = std::make_shared<T>(options);
      } else {
        made = std::make_shared<T>();
      }
      if constexpr (std::is_same_v<TraitsOf<Role>, NoTraits>) {
        static_cast<void>(traits);
      } else {
        made->set_traits(traits);
      }
      return made;  // a pointer to Role, so that the cast back in make() is valid
    };
    entry.traits = std::make_shared<const TraitsOf<Role>>(traits);
    entry.complete = [](const Config& spec, Registry& registry) {
      return dump_options(parse_options<OptionsOf<T>>(spec, &registry, true), &registry);
    };
    return AddedComponent(add_entry(std::move(entry)));
  }

  // Makes the component that `spec` describes: {"type": name, ...options}, or the name alone. The plugin's library
  // stays loaded as long as the object lives. Throws E_CONFIG_COMPONENT, with the known names, for an unknown name, and
  // E_PLUGIN_MAKE when the constructor throws anything but an Error.
  template <class Role>
  std::shared_ptr<Role> make(const Config& spec, const FactsOf<Role>& facts = {}) {
    return std::static_pointer_cast<Role>(make_entry(Role::kRole, typeid(Role).name(), spec, &facts));
  }

  // Returns the description of a component. Loads its plugin when only the manifest has been read. Throws
  // E_CONFIG_COMPONENT for an unknown name.
  ComponentInfo component(std::string_view role, std::string_view name);
  // Returns the traits with which a component was registered. Loads its plugin. Throws E_CONFIG_COMPONENT for an
  // unknown name.
  template <class Role>
  TraitsOf<Role> traits(const Config& spec) {
    return *static_cast<const TraitsOf<Role>*>(find_traits(Role::kRole, typeid(Role).name(), spec));
  }
  // True when the component is registered or its provider could load it. Loads nothing.
  bool has(std::string_view role, std::string_view name) const;
  // True when the component is registered. Loads nothing and does not ask the provider.
  bool registered(std::string_view role, std::string_view name) const;
  // Returns the descriptions of all components of a role (empty: of all roles), registered or not loaded yet, sorted by
  // role and name. Loads nothing.
  std::vector<ComponentInfo> components(std::string_view role = {}) const;

  // Checks a spec against the options of its component and returns it with all defaults filled in, also those of nested
  // components.
  Config complete(std::string_view role, const Config& spec);

  // Registers something other than a component, such as ops or kernels. When the transaction is committed, every
  // `check` runs, and then every `commit`, which must not throw; outside of a transaction both run at once. A key (such
  // as "kernels/cpu/onednn") may be used once in a process, else this throws E_PLUGIN_DUPLICATE, which names both
  // files.
  void register_extension(std::string key, std::function<void()> commit, std::function<void()> check = {});

  // extensions() returns what register_extension() registered, sorted by key. load_extensions() asks the provider to
  // load every plugin with a key that begins with `prefix`, such as "kernels/cpu/" for the kernels of a device.
  std::vector<Extension> extensions() const;
  void load_extensions(std::string_view prefix);

  // A transaction: register in the registry that begin() returns, then pass it to commit(). When it is destroyed
  // without a commit, nothing has been registered. After the commit it accepts no more registrations
  // (E_PLUGIN_REGISTER).
  std::unique_ptr<Registry> begin(PluginInfo plugin, std::shared_ptr<void> library = nullptr);
  void commit(Registry& staged);

  // Sets the provider of components that are not registered; null: none. It must outlive its use by this registry.
  void set_provider(ComponentProvider* provider);
  // The plugin that registers in this transaction.
  const PluginInfo& plugin() const noexcept;

 private:
  ComponentInfo& add_entry(detail::ComponentEntry entry);
  const void* find_traits(std::string_view role, std::string_view type, const Config& spec);
  std::shared_ptr<void> make_entry(std::string_view role, std::string_view type, const Config& spec, const void* facts);

  std::unique_ptr<detail::RegistryState> state_;
};

// Returns the registry of the process, which has the built-in components of libstrata.
STRATA_API Registry& default_registry();

}  // namespace strata
