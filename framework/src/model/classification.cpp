// The loss of a Classifier, over the classes alone.
#include "strata/model/classification.hpp"

#include "strata/core/error.hpp"
#include "strata/ops/cross_entropy.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {
namespace {

constexpr std::int64_t kNoClass = -1;

// target_out [B,Tt] -> class i64 [B], kNoClass for a special.
Tensor labels(const Tensor& target_out) {
  constexpr std::int64_t kLabelTime = 2;  // the label and </s>
  if (target_out.size(1) > kLabelTime) {
    throw Error("E_DATA_LABEL", "[classification]",
                "a target of " + std::to_string(target_out.size(1) - 1) + " tokens; a label is one",
                "labels are single words, and the tokenizer keeps them whole: \"word\", not \"bpe\"");
  }
  const auto id = [](std::int64_t value) { return Tensor::full({}, static_cast<double>(value), DType::i64); };
  return maximum(select(target_out, 1, 0) - id(kSpecials), id(kNoClass));
}

}  // namespace

Tensor class_logits(const Tensor& logits) {
  const std::int64_t vocabulary = logits.size(1);
  if (vocabulary <= kSpecials) {
    throw Error("E_DATA_LABEL", "[classification]", "the target vocabulary has no label",
                "the target side of the training data holds the labels; tokenizer.min_frequency may have dropped them");
  }
  return cast(slice(logits, 1, kSpecials, vocabulary), logits.dtype() == DType::f64 ? DType::f64 : DType::f32);
}

Loss classification_loss(const Tensor& logits, const TensorBatch& batch, const LossOptions& options) {
  const Tensor classes = class_logits(logits);  // [B,C]
  const Tensor label = labels(batch["target_out"]);
  Loss loss;
  const CrossEntropy rows = cross_entropy(classes, label, options.label_smoothing, kNoClass);
  loss.sum = sum(rows.loss);
  const NoGrad scope;
  loss.parts.push_back({"loss", options.label_smoothing > 0 ? sum(rows.nll) : loss.sum.detach()});
  if (!context().training) {
    loss.parts.push_back({"correct", sum(cast(equal(argmax(classes, -1), label), DType::f32))});
  }
  return loss;
}

}  // namespace strata
