// The loss of classifiers over the feed "rows". Legend: B rows, N classes.
#pragma once

#include <cstdint>
#include <vector>

#include "strata/model/batch.hpp"
#include "strata/model/loss.hpp"

namespace strata {

// Returns the weights of the classes as a tensor [N], undefined for none. Throws E_CONFIG_RANGE unless there are N or
// none, and E_DATA_LABEL for fewer than two classes.
Tensor class_weights(const std::vector<double>& weights, std::int64_t classes);

// Returns the cross-entropy of logits [B,N] and batch["label"] i64 [B], each row times the weight of its class, summed
// over the rows. The parts are "loss", without label smoothing and weights, and outside of training "correct".
Loss label_loss(const Tensor& logits, const TensorBatch& batch, const Tensor& weights, const LossOptions& options);

}  // namespace strata
