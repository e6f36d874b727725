// The loss of classifiers.
#include "loss.hpp"

#include <string>

#include "strata/core/error.hpp"
#include "strata/ops/cross_entropy.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

Tensor class_weights(const std::vector<double>& weights, std::int64_t classes) {
  if (classes < 2) {
    throw Error("E_DATA_LABEL", "[classifier]",
                std::to_string(classes) + " class in the training data; a classifier needs two or more");
  }
  if (weights.empty()) return {};
  if (static_cast<std::int64_t>(weights.size()) != classes) {
    throw Error("E_CONFIG_RANGE", "model/class_weights",
                std::to_string(weights.size()) + " weights for " + std::to_string(classes) + " classes",
                "one for each class, in the order of label.vocab.txt");
  }
  return Tensor::from(std::vector<float>(weights.begin(), weights.end()), {classes});
}

Loss label_loss(const Tensor& logits, const TensorBatch& batch, const Tensor& weights, const LossOptions& options) {
  const Tensor& label = batch["label"];
  const Tensor wide = logits.dtype() == DType::f64 ? logits : cast(logits, DType::f32);
  const CrossEntropy rows = cross_entropy(wide, label, options.label_smoothing, -1);
  Loss loss;
  loss.sum = sum(weights.defined() ? mul(rows.loss, cast(index_rows(weights, label), rows.loss.dtype())) : rows.loss);
  const NoGrad scope;
  loss.parts.push_back({"loss", sum(rows.nll)});
  if (!context().training) {
    loss.parts.push_back({"correct", sum(cast(equal(argmax(wide, -1), label), DType::f32))});
  }
  return loss;
}

}  // namespace strata
