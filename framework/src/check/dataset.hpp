// Checks of the role "dataset".
#pragma once

#include "check/checks.hpp"

namespace strata::detail {

std::vector<CheckRow> check_dataset(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
