// mean_update: running means of many tensors in one op.
#pragma once

#include <span>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// means[i] = decay * means[i] + (1 - decay) * values[i] for all i, in place. means and values: lists of the same
// length; entry i of both has one shape, and one dtype, f32 or f64. decay, flaw: 0-d and floating, so that a step can
// be replayed; where decay + flaw is not finite, nothing changes, as with update_scale's flaw. Throws E_SHAPE and
// E_DTYPE.
STRATA_API void mean_update(std::span<const Tensor> means, std::span<const Tensor> values, const Tensor& decay,
                            const Tensor& flaw);

}  // namespace strata
