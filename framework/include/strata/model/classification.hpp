// Classification: what is done with a Classifier's logits. V target vocabulary, C = V - kSpecials classes; class c is
// the token of id c + kSpecials.
#pragma once

#include "strata/core/export.hpp"
#include "strata/model/batch.hpp"
#include "strata/model/loss.hpp"

namespace strata {

// The logits of the classes alone: [B,V] -> [B,C] in f32 (f64 for f64). Throws E_DATA_LABEL when there is no class.
STRATA_API Tensor class_logits(const Tensor& logits);

// Cross-entropy of each row's label, the first token of batch.target_out, over the classes; label smoothing spreads its
// mass over them too. A label that the vocabulary lacks (<unk>) is no class: its row adds nothing to the loss and is
// never correct. The model's weight() has to be the B rows, of which the parts "loss" and (where the context does not
// train) "correct" are the sums. Throws E_DATA_LABEL when a target of the batch has more than one token, so that no
// part of a label is dropped unseen.
STRATA_API Loss classification_loss(const Tensor& logits, const TensorBatch& batch, const LossOptions& options);

}  // namespace strata
