// Checks of the role "feed".
#pragma once

#include "check/checks.hpp"

namespace strata::detail {

std::vector<CheckRow> check_feed(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
