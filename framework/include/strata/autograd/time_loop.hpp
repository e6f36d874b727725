// TimeLoop: a recurrence over time whose weight gradients are one product.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

// Scope of a recurrence over time. Weights that were made before the scope and are used by `linear` inside it get their
// gradients from one matrix product over all time steps, once backward has passed their last use, and not from one
// product per step.
class STRATA_API TimeLoop : ContextScope {
 public:
  TimeLoop();
};

}  // namespace strata
