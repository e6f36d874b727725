// update_scale: what the trainer makes of a step's sums before the optimizer moves, in one op.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// All 0-d and floating, before the division by the batch's weight.
struct UpdateSums {
  Tensor reported, objective;  // summed over the batch
  Tensor squared_norm;         // of the gradients, which are multiplied by loss_scale
  Tensor inverse;              // 1 / weight
  Tensor loss_scale = {};      // undefined: 1
};
struct UpdateScale {
  Tensor report;  // f64 [3]: reported, objective, the gradients' norm
  Tensor scale;   // f32 []: what gradients are to be multiplied by, so that their norm is at most the limit
  Tensor flaw;    // f64 []: 0, or NaN where one of the three is not finite; `scale` is NaN with it
};
// norm = sqrt(squared_norm) / loss_scale;  scale = inverse / loss_scale * min(1, limit / (norm * inverse)) + flaw
// (Pascanu et al., 2013). limit 0: no clipping. E_SHAPE or E_DTYPE for what is no floating number.
STRATA_API UpdateScale update_scale(const UpdateSums& sums, double limit);

}  // namespace strata
