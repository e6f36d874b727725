// try_plugin: what strata-probe does in a process of its own before a host loads a library for the first time.
#pragma once

#include <string>

#include "strata/core/export.hpp"

namespace strata {

// Loads the library and runs its registration into a registry that is thrown away. Throws what PluginHost::load throws
// of these two steps. A library that crashes, ends or hangs takes the process with it: that is what it is for.
STRATA_API void try_plugin(const std::string& file);

}  // namespace strata
