// Roles and components as the templates of Registry see them: nested types, with defaults for classes that lack them.
#pragma once

#include <string>
#include <vector>

#include "strata/core/options.hpp"

namespace strata {

// What stands in where a class has no such nested type.
struct NoFacts {};
struct NoTraits {};
struct NoOptions {
  void visit(auto&) {}
};

// A role is an abstract class with `static constexpr std::string_view kRole`, and, where it has them, nested types (or
// aliases) `Facts`: what the host knows and tells a component when it makes one, and `Traits`: what a component
// declares when it registers. A role with `Traits` has a set_traits(const Traits&), by which the registry tells them to
// every object that it makes.
template <class Role>
struct RoleTypes {
  using Facts = NoFacts;  // a role without any
};
template <class Role>
requires requires { typename Role::Facts; }
struct RoleTypes<Role> {
  using Facts = typename Role::Facts;  // the role's own
};
// Role::Facts, or NoFacts.
template <class Role>
using FactsOf = typename RoleTypes<Role>::Facts;

// Role::Traits where the role has it, as RoleTypes has its Facts.
template <class Role>
struct RoleTraits {
  using Type = NoTraits;  // a role without any
};
// Role::Traits where the role has it, as RoleTypes has its Facts.
template <class Role>
requires requires { typename Role::Traits; }
struct RoleTraits<Role> {
  using Type = typename Role::Traits;  // the role's own
};
// Role::Traits, or NoTraits.
template <class Role>
using TraitsOf = typename RoleTraits<Role>::Type;

// A component is a class of its role with, where it has them, a nested type `Options` (core/options.hpp).
template <class T>
struct ComponentOptions {
  using Type = NoOptions;  // a component without any
};
// A component that has options.
template <class T>
requires requires { typename T::Options; }
struct ComponentOptions<T> {
  using Type = typename T::Options;  // the component's own
};
// T::Options, or NoOptions.
template <class T>
using OptionsOf = typename ComponentOptions<T>::Type;

// A plugin. A run folder records everything but the file. The SHA-256 covers the parts of the file that a loader reads,
// so that an installed copy has the same one.
struct PluginInfo {
  std::string name, version, file, sha256;  // for built-in components, the name is "strata" and the file is empty
};

// A component as `strata plugins` lists it.
struct ComponentInfo {
  std::string role, name, description;  // role "attention", name "additive", description of one line
  PluginInfo plugin;                    // plugin that registers the component
  std::vector<OptionInfo> options;      // in the order of `visit`
  std::vector<std::string> needs;       // "role/name" of components of other plugins, loaded first
};

}  // namespace strata
