// Host: what a job needs of the program that runs it.
#pragma once

#include <string>

#include "strata/plugin/registry.hpp"

namespace strata {

class PluginHost;

// The registry that makes components, the host that loads plugins, and the device on which the model runs.
struct Host {
  Registry& registry = default_registry();  // makes the components
  PluginHost* plugins = nullptr;            // loads plugins that a recipe names or a checkpoint records; may be null
  std::string device = {};                  // name of the device; empty: the one in the recipe
};

}  // namespace strata
