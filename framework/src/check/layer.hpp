// The checks of the role "layer".
#pragma once

#include "check/checks.hpp"

namespace strata::detail {

std::vector<CheckRow> check_sequence_layer(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
