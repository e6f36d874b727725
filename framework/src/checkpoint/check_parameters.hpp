// check_parameters: what a model declares against what a file holds, before memory is taken for it.
#pragma once

#include <span>
#include <string>

#include "strata/core/export.hpp"
#include "strata/nn/layer.hpp"

namespace strata::detail {

// Compares names and shapes of declared parameters with the header of `file`. Throws as load_parameters does.
STRATA_API void check_parameters(const std::string& file, std::span<const NamedParameter> parameters);

}  // namespace strata::detail
