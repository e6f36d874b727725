// JSON whose values may take another share of the memory than those of a recipe.
#pragma once

#include <cstddef>
#include <string_view>

#include "strata/core/json.hpp"

namespace strata::detail {

// As strata::parse_json. memory: bytes that the values may take beyond as many as the text has; a value takes 64 and
// more, "1," in a text two.
Config parse_json(std::string_view text, std::string_view source, const JsonLimits& limits, std::size_t memory);

}  // namespace strata::detail
