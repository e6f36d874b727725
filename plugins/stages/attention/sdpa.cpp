// Scaled dot-product attention over heads.
#include "sdpa.hpp"

#include <cmath>

#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

// q [B,H,Tq,D], k, v [B,H,Tk,D] -> [B,H,Tq,D]
Attended SdpaAttention::heads(const Tensor& q, const Tensor& k, const Tensor& v, const HeadMask& mask) {
  Attended attended{sdpa(q, k, v, mask.keys(), {.causal = mask.causal(), .dropout = dropout_, .key = random_key()})};
  if (context().capture_weights) {
    const NoGrad scope;  // they are looked at, not learnt from
    const Tensor scores = cast(matmul(q, transpose(k)), q.dtype() == DType::f64 ? DType::f64 : DType::f32);
    attended.weights = softmax(scores / std::sqrt(static_cast<double>(q.size(3))), mask.allowed());
  }
  return attended;
}

Tensor SdpaAttention::heads_in_place(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& origin,
                                     const Tensor& used) {
  return sdpa_cached(q, k, v, origin, used);
}

}  // namespace strata
