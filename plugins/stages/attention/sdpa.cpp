// Scaled dot-product attention over heads.
#include "sdpa.hpp"

#include <cmath>

#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/random.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

// q k^T / sqrt(D) in f32 (f64 for f64): [B,H,Tq,Tk]
Tensor scaled_scores(const Tensor& q, const Tensor& k) {
  const Tensor products = cast(matmul(q, transpose(k)), q.dtype() == DType::f64 ? DType::f64 : DType::f32);
  return products / std::sqrt(static_cast<double>(q.size(3)));
}

}  // namespace

// q [B,H,Tq,D], k, v [B,H,Tk,D] -> [B,H,Tq,D]
Attended SdpaAttention::heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) {
  if (mask.bias().defined()) return biased(q, k, v, mask);
  Attended attended{sdpa(q, k, v, mask.keys(), {.causal = mask.causal(), .dropout = dropout_, .key = random_key()})};
  if (context().capture_weights) {
    const NoGrad scope;  // they are looked at, not learnt from
    attended.weights = softmax(scaled_scores(q, k), mask.allowed());
  }
  return attended;
}

Attended SdpaAttention::biased(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) const {
  const Tensor weights = softmax(scaled_scores(q, k) + mask.bias(), mask.allowed());  // [B,H,Tq,Tk]
  Attended attended{matmul(cast(dropout(weights, dropout_, random_key()), v.dtype()), v), {}};
  if (context().capture_weights) attended.weights = weights.detach();
  return attended;
}

Tensor SdpaAttention::heads_in_place(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& origin,
                                     const Tensor& used, const Tensor& first) {
  return sdpa_cached(q, k, v, origin, used, 0, first);
}

}  // namespace strata
