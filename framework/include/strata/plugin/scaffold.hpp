// write_scaffold: writes a folder with a small working plugin, from which an author can start. It is made from the
// templates in the installed tree (share/strata/templates).
#pragma once

#include <string>
#include <vector>

#include "strata/core/export.hpp"

namespace strata {

class Registry;

// Returns the roles that have a template, sorted. Throws E_PLUGIN_TEMPLATE when the templates are not found relative to
// the library.
STRATA_API std::vector<std::string> scaffold_roles();

// The arguments of write_scaffold().
struct ScaffoldRequest {
  std::string role;    // one of scaffold_roles()
  std::string name;    // name of the component, the plugin and the library: a-z, 0-9 and _, beginning with a letter
  std::string folder;  // folder to write; it must not exist, but its parent must
};

// Writes the folder and returns the names of its files, sorted. When it throws, the folder does not exist. Throws
// E_PLUGIN_TEMPLATE for an unknown role, E_PLUGIN_NAME for a name that is not allowed or that a component in `registry`
// has already, and E_IO_WRITE when the folder exists or cannot be made.
STRATA_API std::vector<std::string> write_scaffold(const ScaffoldRequest& request, const Registry& registry);

}  // namespace strata
