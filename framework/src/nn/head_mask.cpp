// HeadMask: the rules for keys in the forms that heads() takes.
#include "strata/nn/head_attention.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

// mask.grouped with an axis for the heads.
Tensor over_heads(const Mask& mask, std::int64_t rows, std::int64_t queries, const Tensor& k) {
  const Tensor allowed = mask.grouped(k.size(0), rows, queries, k.size(2));
  return allowed.defined() ? unsqueeze(allowed, 1) : allowed;
}

}  // namespace

HeadMask::HeadMask(const Mask& mask, std::int64_t rows, std::int64_t queries, const Tensor& k, const Tensor& bias)
    : mask_(mask), rows_(rows), queries_(queries), k_(k), bias_(bias) {}

Tensor HeadMask::allowed() const { return over_heads(mask_, rows_, queries_, k_); }

Tensor HeadMask::valid() const {
  if (!mask_.keys.defined()) return Tensor::full({}, 1.0, k_.dtype(), k_.device());
  return reshape(cast(mask_.keys, k_.dtype()), {k_.size(0), 1, k_.size(2), 1});
}

bool HeadMask::causal() const {
  return mask_.causal && (mask_.window == 0 || mask_.window >= k_.size(2)) && !mask_.first_query.defined() &&
         rows_ == k_.size(0);
}

Tensor HeadMask::keys() const {
  Mask rest = mask_;
  if (causal()) rest.causal = false;
  return over_heads(rest, rows_, queries_, k_);
}

}  // namespace strata
