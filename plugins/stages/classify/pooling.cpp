// Pooling over the tokens of each row, without its padding.
#include "pooling.hpp"

#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

constexpr double kNever = -1e30;  // below every number of a layer

// bool [B,T,1]: the token is no padding.
Tensor is_token(const Tensor& lengths, std::int64_t time) {
  return unsqueeze(less(unsqueeze(iota(time), 0), unsqueeze(lengths, 1)), 2);
}
Tensor or_never(const Tensor& is, const Tensor& x) { return where(is, x, Tensor::full({}, kNever, x.dtype())); }

Tensor last_of(const Tensor& x, const Tensor& lengths) {
  const std::int64_t rows = x.size(0), time = x.size(1);
  const Tensor at = add(affine(iota(rows), static_cast<double>(time), -1), lengths);  // row * T + length - 1
  return index_rows(reshape(x, {rows * time, x.size(2)}), at);
}
Tensor mean_of(const Tensor& x, const Tensor& is, const Tensor& lengths) {
  const Tensor zero = Tensor::full({}, 0, x.dtype());
  return div(sum(where(is, x, zero), {1}), unsqueeze(cast(lengths, x.dtype()), 1));
}
Tensor max_of(const Tensor& x, const Tensor& is) { return max(or_never(is, x), 1); }

}  // namespace

Pooling::Pooling(PoolingKind kind, std::int64_t width) : kind_(kind), width_(width) {
  if (kind != PoolingKind::attention) return;
  hidden_ = std::make_unique<Linear>(width, width);
  score_ = std::make_unique<Linear>(width, 1, false);
  child("hidden", *hidden_);
  child("score", *score_);
}

Tensor Pooling::operator()(const Tensor& x, const Tensor& lengths) const {
  const Tensor wide = x.dtype() == DType::f64 ? x : cast(x, DType::f32);
  if (kind_ == PoolingKind::first) return select(wide, 1, 0);
  if (kind_ == PoolingKind::last) return last_of(wide, lengths);
  const Tensor is = is_token(lengths, x.size(1));
  if (kind_ == PoolingKind::mean) return mean_of(wide, is, lengths);
  if (kind_ == PoolingKind::max) return max_of(wide, is);
  if (kind_ == PoolingKind::concat) {
    return concat({last_of(wide, lengths), max_of(wide, is), mean_of(wide, is, lengths)}, -1);
  }
  const Tensor scores = (*score_)(tanh((*hidden_)(x)));  // [B,T,1]
  const Tensor plain = scores.dtype() == DType::f64 ? scores : cast(scores, DType::f32);
  const Tensor weights = softmax(reshape(or_never(is, plain), {x.size(0), x.size(1)}));  // [B,T]
  return sum(mul(wide, unsqueeze(weights, 2)), {1});
}

}  // namespace strata
