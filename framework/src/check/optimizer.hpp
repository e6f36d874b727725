// Checks of the role "optimizer".
#pragma once

#include "check/checks.hpp"

namespace strata::detail {

std::vector<CheckRow> check_optimizer(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
