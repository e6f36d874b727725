// Checks of the role "schedule".
#pragma once

#include "check/checks.hpp"

namespace strata::detail {

std::vector<CheckRow> check_schedule(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
