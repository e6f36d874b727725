// The library's version.
#include "strata/core/version.hpp"

namespace strata {

std::string_view version() noexcept { return STRATA_VERSION; }

}  // namespace strata
