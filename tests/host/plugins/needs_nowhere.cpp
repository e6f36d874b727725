// Needs a library that is nowhere to be found.
#include "role.hpp"

int from_nowhere();

STRATA_PLUGIN("needs-nowhere", "1.0", [](strata::Registry&) { (void)from_nowhere(); });
