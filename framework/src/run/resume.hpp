// Whether a run may go on under a recipe that was changed since it was started.
#pragma once

#include <string>
#include <vector>

#include "strata/core/config.hpp"

namespace strata::detail {

// saved, now: completed recipes; given: what the user wrote, for places. Throws E_CONFIG_RESUME naming the first key
// that must not change and both values; returns a line for each other key that did, limits and periods left out.
std::vector<std::string> compare_recipes(const Config& saved, const Config& now, const Config& given,
                                         const std::string& folder);

}  // namespace strata::detail
