// The checks of the role "cell".
#pragma once

#include "check/checks.hpp"

namespace strata::detail {

std::vector<CheckRow> check_cell(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
