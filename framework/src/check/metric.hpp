// Checks of the role "metric".
#pragma once

#include "check/checks.hpp"

namespace strata::detail {

std::vector<CheckRow> check_metric(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
