// What a role and a component are, to the templates of Registry: names of nested types with fall-backs.
#pragma once

#include <string>
#include <vector>

#include "strata/core/options.hpp"

namespace strata {

struct NoShape {};
struct NoTraits {};
struct NoOptions {
  void visit(auto&) {}
};

// A role is an abstract class with `static constexpr std::string_view kRole`, and, where it has them, nested types (or
// aliases) `Shape`: what the host knows, and `Traits`: what a component declares when it registers.
template <class Role>
struct RoleTypes {
  using Shape = NoShape;
};
template <class Role>
requires requires { typename Role::Shape; }
struct RoleTypes<Role> {
  using Shape = typename Role::Shape;
};
template <class Role>
using ShapeOf = typename RoleTypes<Role>::Shape;

template <class Role>
struct RoleTraits {
  using Type = NoTraits;
};
template <class Role>
requires requires { typename Role::Traits; }
struct RoleTraits<Role> {
  using Type = typename Role::Traits;
};
template <class Role>
using TraitsOf = typename RoleTraits<Role>::Type;

template <class T>
struct ComponentOptions {
  using Type = NoOptions;
};
template <class T>
requires requires { typename T::Options; }
struct ComponentOptions<T> {
  using Type = typename T::Options;
};
template <class T>
using OptionsOf = typename ComponentOptions<T>::Type;

// A plugin as a run folder records it.
struct PluginInfo {
  std::string name, version, file, sha256;  // built-in components: name "strata", no file
};

// A component as `strata plugins` lists it.
struct ComponentInfo {
  std::string role, name, description;
  PluginInfo plugin;
  std::vector<OptionInfo> options;
  std::vector<std::string> needs;  // "role/name" of components of other plugins, loaded first
};

}  // namespace strata
