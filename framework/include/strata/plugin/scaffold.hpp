// write_scaffold: a folder that is a plugin already, to start one of your own from. It is made from the templates of
// the installed tree (share/strata/templates).
#pragma once

#include <string>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

class Registry;

// The roles that have a template, sorted. E_PLUGIN_TEMPLATE when the templates are not where the library's tree has
// them.
STRATA_API std::vector<std::string> scaffold_roles();

// What is wanted of write_scaffold.
struct ScaffoldRequest {
  std::string role;    // one of scaffold_roles()
  std::string name;    // of the component, the plugin and the library: a-z, 0-9 and _, from a letter on
  std::string folder;  // must not exist; its parent must
};

// Writes the folder whole or not at all and returns the names of its files, sorted. E_PLUGIN_TEMPLATE for an unknown
// role, E_PLUGIN_NAME for a name that is none or that a component of `registry` has, E_IO_WRITE where the folder exists
// or cannot be made.
STRATA_API std::vector<std::string> write_scaffold(const ScaffoldRequest& request, const Registry& registry);

}  // namespace strata
