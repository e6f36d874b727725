// token_loss, sequence_loss: the training loss of models that predict ids.
#pragma once

#include <cstdint>

#include "strata/model/batch.hpp"
#include "strata/model/loss.hpp"

namespace strata {

// Returns the cross-entropy between logits [...,V] and targets i64 [...], summed over all but those that are `ignore`
// (the feed "stream" has -1 where there is no next token). The parts are "loss", without label smoothing, and outside
// of training "correct", the number of targets whose logit is the largest.
STRATA_API Loss token_loss(const Tensor& logits, const Tensor& targets, std::int64_t ignore,
                           const LossOptions& options);

// Returns the cross-entropy between logits [B,Tt,V] and batch["target_out"], summed over all tokens but padding. The
// parts are "loss", without label smoothing, and outside of training "correct".
STRATA_API Loss sequence_loss(const Tensor& logits, const TensorBatch& batch, const LossOptions& options);

}  // namespace strata
