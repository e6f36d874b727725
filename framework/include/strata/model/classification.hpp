// Classification: class logits and the loss of a Classifier. V target vocabulary, C = V - kSpecials classes; class c is
// the token with id c + kSpecials.
#pragma once

#include "strata/core/export.hpp"
#include "strata/model/batch.hpp"
#include "strata/model/loss.hpp"

namespace strata {

// Returns the logits of the classes, without those of the special tokens: [B,V] -> [B,C] in f32 (f64 for f64). Throws
// E_DATA_LABEL when there is no class.
STRATA_API Tensor class_logits(const Tensor& logits);

// Returns the cross-entropy between logits [B,V] and the labels, summed over the rows. The label of a row is the first
// token of batch["target_out"]. Both the softmax and label smoothing are over the classes alone. A label outside the
// vocabulary (<unk>) is no class: its row adds nothing to the loss and is never correct. The part "loss", and outside
// of training the part "correct", are sums over the rows, so weight() of the model must return B. Throws E_DATA_LABEL
// when a target has more than one token, so that no part of a label is ignored silently.
STRATA_API Loss classification_loss(const Tensor& logits, const TensorBatch& batch, const LossOptions& options);

}  // namespace strata
