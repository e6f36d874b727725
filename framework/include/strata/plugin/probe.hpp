// try_plugin: the work of strata-probe, the program that loads a library in a separate process before a host loads it
// for the first time.
#pragma once

#include <string>

#include "strata/core/export.hpp"

namespace strata {

// Loads the library and registers its components in a temporary registry. Throws what PluginHost::load() throws for
// these two steps. A library that crashes, hangs or ends the process does this to strata-probe and not to the host.
STRATA_API void try_plugin(const std::string& file);

}  // namespace strata
