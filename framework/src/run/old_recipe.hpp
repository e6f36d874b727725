// Recipes of earlier versions.
#pragma once

#include <string>
#include <vector>

#include "strata/core/config.hpp"

namespace strata::detail {

// Moves options to where they are now: "batch" and "max_length" of the trainer "supervised" belong to the feed "pairs".
// Values keep their places. Returns what was moved, as "train.batch" and the like.
std::vector<std::string> move_old_options(Config& recipe);

}  // namespace strata::detail
