// All is well but for the registration, which is null.
#include "strata/plugin/plugin.hpp"

STRATA_PLUGIN("null", "1.0", nullptr);
