// Checks of the role "sampler".
#pragma once

#include "check/checks.hpp"

namespace strata::detail {

std::vector<CheckRow> check_sampler(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
