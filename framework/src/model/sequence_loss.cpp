// sequence_loss.
#include "strata/model/sequence_loss.hpp"

#include "strata/ops/cross_entropy.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {
namespace {

// How many of the valid targets were the best guess.
Tensor count_correct(const Tensor& logits, const Tensor& targets) {
  const Tensor valid = logical_not(equal(targets, Tensor::full({}, kPad, DType::i64)));
  return sum(cast(logical_and(equal(argmax(logits, -1), targets), valid), DType::f32));
}

}  // namespace

Loss sequence_loss(const Tensor& logits, const TensorBatch& batch, const LossOptions& options) {
  Loss loss;
  const CrossEntropy tokens = cross_entropy(logits, batch.target_out, options.label_smoothing, kPad);
  loss.sum = sum(tokens.loss);
  loss.parts.push_back({"loss", options.label_smoothing > 0 ? sum(tokens.nll) : loss.sum.detach()});
  if (!context().training) loss.parts.push_back({"correct", count_correct(logits, batch.target_out)});
  return loss;
}

}  // namespace strata
