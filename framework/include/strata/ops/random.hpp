// Random ops. They are counter-based (Philox 4x32-10): a value depends on the key, the step, the call and the index of
// the element alone, and is the same in every kernel. ops/random_bits.hpp defines which random word belongs to which
// element.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// The key of a random op. `key` is a hash of the seed and the path of the layer; `call` is the number of the layer's
// call within one forward pass, 0..65535. The step is Context::random_step (a 0-d i64 tensor, made from update,
// micro-batch and rank); undefined counts as 0.
struct RandomKey {
  std::uint64_t key = 0;  // key of the layer
  std::int64_t call = 0;  // number of the call within one forward pass
};

// Uniform random numbers, f32 in [0, 1), multiples of 2^-24.
STRATA_API Tensor uniform(const Shape& shape, const RandomKey& key);
// Inverted dropout (Srivastava et al., 2014): each element is zero with probability p, else x / (1 - p). It is the
// identity when p is 0 or Context::training is false. 0 <= p < 1, else it throws E_CONFIG_RANGE. Backward draws the
// mask again, so that only the step is saved.
STRATA_API Tensor dropout(const Tensor& x, double p, const RandomKey& key);
// residual + dropout(x) in one pass. Both inputs and the result have the same shape and dtype; else it throws E_SHAPE
// or E_DTYPE.
STRATA_API Tensor dropout_add(const Tensor& x, const Tensor& residual, double p, const RandomKey& key);

}  // namespace strata
