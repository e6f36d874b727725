// cross_entropy: what training minimises and what reports show, in one pass over the logits.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// Both f32 (f64 for f64) [...], 0 where the target is ignored.
struct CrossEntropy {
  Tensor loss;  // softmax_xent() with label smoothing, recorded
  Tensor nll;   // negative log-likelihood: -log p[target], smoothing apart; not recorded
};

// logits [..., V], targets i64 [...]. Without smoothing the two are the same numbers.
STRATA_API CrossEntropy cross_entropy(const Tensor& logits, const Tensor& targets, double smoothing,
                                      std::int64_t ignore = -100);

}  // namespace strata
