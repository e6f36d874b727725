// sequence_loss: what models that write a target sequence are trained and judged by.
#pragma once

#include "strata/model/batch.hpp"
#include "strata/model/loss.hpp"

namespace strata {

// Cross-entropy of logits [B,Tt,V] with batch.target_out, summed over tokens that are no padding; the parts "loss",
// without label smoothing, and, when not training, "correct".
STRATA_API Loss sequence_loss(const Tensor& logits, const TensorBatch& batch, const LossOptions& options);

}  // namespace strata
