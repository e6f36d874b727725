// sequence_loss: the training loss of models that write a target sequence.
#pragma once

#include "strata/model/batch.hpp"
#include "strata/model/loss.hpp"

namespace strata {

// Returns the cross-entropy between logits [B,Tt,V] and batch.target_out, summed over all tokens but padding. The parts
// are "loss", without label smoothing, and outside of training "correct".
STRATA_API Loss sequence_loss(const Tensor& logits, const TensorBatch& batch, const LossOptions& options);

}  // namespace strata
