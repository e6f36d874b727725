// Linear, Embedding, Dropout.
#include "strata/nn/layers.hpp"

#include <cmath>

#include "strata/autograd/context.hpp"

namespace strata {

Linear::Linear(std::int64_t in, std::int64_t out, bool bias) {
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  weight_ = parameter("weight", {out, in}, Init::uniform(bound));
  if (bias) bias_ = parameter("bias", {out}, Init::uniform(bound));
}

Linear::Linear(const Parameter& weight, bool bias) : weight_(weight) {
  share("weight", weight);
  if (bias) bias_ = parameter("bias", {weight.shape()[0]}, Init::zeros());
}

Tensor Linear::operator()(const Tensor& x, Activation activation) const {
  return linear(as_compute(x), weight_, bias_ ? bias_.value() : Tensor(), {}, activation);
}

Embedding::Embedding(std::int64_t count, std::int64_t width, double deviation, std::int64_t padding)
    : weight_(parameter("weight", {count, width}, {Init::Kind::normal, deviation, padding})), padding_(padding) {}

Tensor Embedding::operator()(const Tensor& ids) const {
  const Tensor& table = weight_.value();
  const DType dtype = table.dtype() == DType::f32 ? context().compute : table.dtype();
  return embedding(table, ids, dtype, padding_);
}

Tensor Dropout::operator()(const Tensor& x, std::int64_t call) const { return dropout(x, p_, random_key(call)); }

Tensor Dropout::add_to(const Tensor& residual, const Tensor& x) const {
  return dropout_add(x, residual, p_, random_key());
}

}  // namespace strata
