// The checks of answerers.
#pragma once

#include <vector>

#include "strata/check/check.hpp"

namespace strata::detail {

std::vector<CheckRow> check_answerer(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
