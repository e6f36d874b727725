// The best classes of a row and what their probabilities are divided by: what a step of decoding asks of its logits.
#include "ops/families.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

std::vector<TensorSpec> infer(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const std::int64_t k = call.attributes.integer("k");
  if (!is_floating(x.dtype())) throw Error("E_DTYPE", "[top_logits]", describe(x) + " is not of a floating type");
  if (x.rank() < 1 || k < 1 || k > x.size(-1)) {
    throw Error("E_SHAPE", "[top_logits]", "k " + std::to_string(k) + " of " + describe(x), "1 <= k <= last extent");
  }
  Shape shape = x.shape();
  shape[-1] = k;
  const Shape rows(std::span(shape.begin(), static_cast<std::size_t>(shape.rank() - 1)));
  return {spec_of(x.dtype(), shape), spec_of(DType::i64, shape),
          spec_of(x.dtype() == DType::f64 ? DType::f64 : DType::f32, rows)};
}

// The cross-entropy of a row's best class is log sum exp(x - x[best]).
Tensors compose(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  const TopK top = topk(x, static_cast<int>(call.attributes.integer("k")));
  return {top.values, top.indices, softmax_xent(x, contiguous(select(top.indices, -1, 0)), 0, -1)};
}

const Op kTopLogits{.name = "top_logits", .infer = infer, .compose = compose, .differentiable = false};

}  // namespace

std::vector<const Op*> detail::top_logits_ops() { return {&kTopLogits}; }

TopLogits top_logits(const Tensor& logits, int k) {
  Tensors all = apply(kTopLogits, {logits.detach()}, OpAttributes().integer("k", k));
  return {all[0], all[1], all[2]};
}

}  // namespace strata
