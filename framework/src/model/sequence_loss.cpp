// token_loss, sequence_loss, next_token_scores.
#include "strata/model/sequence_loss.hpp"

#include "strata/ops/cross_entropy.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/positions.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/vocabulary.hpp"

namespace strata {
namespace {

// The number of valid targets whose logit is the largest.
Tensor count_correct(const Tensor& logits, const Tensor& targets, std::int64_t ignore) {
  const Tensor valid = logical_not(equal(targets, Tensor::full({}, static_cast<double>(ignore), DType::i64)));
  return sum(cast(logical_and(equal(argmax(logits, -1), targets), valid), DType::f32));
}

}  // namespace

Loss sequence_loss(const Tensor& logits, const TensorBatch& batch, const LossOptions& options) {
  return token_loss(logits, batch["target_out"], kPad, options);
}

Loss token_loss(const Tensor& logits, const Tensor& targets, std::int64_t ignore, const LossOptions& options) {
  Loss loss;
  const CrossEntropy tokens = cross_entropy(logits, targets, options.label_smoothing, ignore);
  loss.sum = sum(tokens.loss);
  loss.parts.push_back({"loss", options.label_smoothing > 0 ? sum(tokens.nll) : loss.sum.detach()});
  if (!context().training) loss.parts.push_back({"correct", count_correct(logits, targets, ignore)});
  return loss;
}

Tensor next_token_scores(const Tensor& logits, const Tensor& tokens, const Tensor& lengths) {
  constexpr std::int64_t kNone = -1;
  const std::int64_t time = tokens.size(1);
  const Tensor valid = slice(length_mask(lengths, time), 1, 1, time);  // bool [B,T-1]
  const Tensor none = Tensor::full({}, static_cast<double>(kNone), DType::i64);
  const Tensor next = where(valid, slice(tokens, 1, 1, time), none);  // i64 [B,T-1]
  const Tensor found = neg(softmax_xent(logits, contiguous(next), 0, kNone));
  return concat({Tensor::zeros({tokens.size(0), 1}, found.dtype()), found}, 1);  // [B,T]
}

}  // namespace strata
