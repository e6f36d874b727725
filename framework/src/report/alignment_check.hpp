// What every alignment writer asks first.
#pragma once

#include "strata/report/alignment.hpp"

namespace strata::detail {

// Throws E_SHAPE_ALIGNMENT unless there are target x source weights.
void check(const Alignment& alignment);

}  // namespace strata::detail
