// What a mask of dropout is drawn from, for every op that drops.
#pragma once

#include "ops/rows.hpp"

namespace strata::onednn {

// From the attributes `key`, `call` and `p`, and the step i64 []: all but which elements.
DropoutCall dropout_call(const Attributes& attributes, const View& step);

}  // namespace strata::onednn
