// The components that libstrata itself brings; each room registers its own here.
#pragma once

#include "strata/plugin/registry.hpp"

namespace strata {

void register_builtins(Registry& registry);

}  // namespace strata
