// Checks of the role "trainer".
#pragma once

#include "check/checks.hpp"

namespace strata::detail {

std::vector<CheckRow> check_trainer(const Config& spec, const CheckOptions& options, const Host& host);

}  // namespace strata::detail
