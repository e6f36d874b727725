// cross_entropy: the loss that training minimises and the loss that reports show, in one pass over the logits.
#pragma once

#include <cstdint>

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// Two losses of each target, f32 (f64 for f64 logits) [...]; 0 where the target is `ignore`.
struct CrossEntropy {
  Tensor loss;  // softmax_xent() with label smoothing; gradients are recorded
  Tensor nll;   // negative log-likelihood -log p[target], without smoothing; gradients are not recorded
};

// logits [..., V], targets i64 [...] -> both losses [...]. When smoothing is 0, they are equal.
STRATA_API CrossEntropy cross_entropy(const Tensor& logits, const Tensor& targets, double smoothing,
                                      std::int64_t ignore = -100);

}  // namespace strata
