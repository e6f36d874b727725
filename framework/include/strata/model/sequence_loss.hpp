// token_loss, sequence_loss: the training loss of models that predict ids; next_token_scores: what they give to texts.
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

// Returns what Scorer::score() of a language model gives, f32 [B,T] (f64 for f64 logits). logits [B,T-1,V] are those of
// the token after each of the first T - 1; tokens i64 [B,T], T >= 2, and lengths i64 [B] are the columns of the batch.
STRATA_API Tensor next_token_scores(const Tensor& logits, const Tensor& tokens, const Tensor& lengths);

}  // namespace strata
