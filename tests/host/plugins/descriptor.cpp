// All is well but that the process ends when this is loaded: the tests change its descriptor, and see that it is not.
#include <cstdlib>

#include "strata/plugin/plugin.hpp"

namespace {

[[gnu::constructor]] void ran() { std::_Exit(99); }

}  // namespace

STRATA_PLUGIN("descriptor", "1.0", [](strata::Registry&) {});
