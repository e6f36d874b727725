// TimeLoop: a recurrence over time whose weight gradients are one product.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

// Recurrence over time: inside, the weight gradients of `linear` on a weight from outside are not computed step by
// step; one product over all steps follows the last use in backward.
class STRATA_API TimeLoop : ContextScope {
 public:
  TimeLoop();
};

}  // namespace strata
