// Built against a libstrata that had more.
#include "role.hpp"

namespace strata {
STRATA_API void gone_since();
}

STRATA_PLUGIN("lacks", "1.0", [](strata::Registry&) { strata::gone_since(); });
