// Random ops: counter-based (Philox 4x32-10), so a value depends on (seed, key, step, call, element) alone.
// ops/random_bits.hpp says which word belongs to which element; every kernel draws the same.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// `key`: hash of seed and layer path. `call`: which call of the layer in this forward, 0..65535. The context's
// random_step (0-d i64 tensor) carries (update, micro-batch, rank); undefined counts as 0.
struct RandomKey {
  std::uint64_t key = 0;  // of the layer
  std::int64_t call = 0;  // within one forward
};

STRATA_API Tensor uniform(const Shape& shape, const RandomKey& key);  // f32 in [0, 1), multiples of 2^-24
// Inverted dropout (Srivastava et al., 2014): zero with probability p, else x / (1 - p). The identity for p == 0 and
// when the context is not training. 0 <= p < 1, else E_CONFIG_RANGE. Backward draws the mask again and keeps only the
// step.
STRATA_API Tensor dropout(const Tensor& x, double p, const RandomKey& key);
// residual + dropout(x) in one pass; both of one shape and dtype, which is the result's. E_SHAPE, E_DTYPE otherwise.
STRATA_API Tensor dropout_add(const Tensor& x, const Tensor& residual, double p, const RandomKey& key);

}  // namespace strata
