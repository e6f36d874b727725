// The checks of the role "model".
#pragma once

#include "check/checks.hpp"

namespace strata::detail {

std::vector<CheckRow> check_model(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
