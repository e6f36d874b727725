// Linear, Embedding, Dropout.
#include "strata/nn/layers.hpp"

#include <cmath>

#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

Linear::Linear(std::int64_t in, std::int64_t out, bool bias) {
  const double bound = 1 / std::sqrt(static_cast<double>(in));
  weight_ = parameter("weight", {out, in}, Init::uniform(bound));
  weight_.state().quantizable = true;
  if (bias) bias_ = parameter("bias", {out}, Init::uniform(bound));
}

Linear::Linear(const Parameter& weight, bool bias) : weight_(weight) {
  share("weight", weight);
  weight_.state().quantizable = true;
  if (bias) bias_ = parameter("bias", {weight.shape()[0]}, Init::zeros());
}

Tensor Linear::operator()(const Tensor& x, Activation activation) const {
  if (weight_.quantized()) {
    return linear_int8(as_compute(x), weight_.rows(), bias_ ? bias_.value() : Tensor(), activation);
  }
  return linear(as_compute(x), weight_, bias_ ? bias_.value() : Tensor(), {}, activation);
}

Tensors Linear::together(const Tensor& x, std::initializer_list<const Linear*> layers) {
  Tensors weights, biases, each;
  for (const Linear* layer : layers) {
    if (layer->weight_.quantized()) break;
    weights.push_back(layer->weight_);
    biases.push_back(layer->bias_ ? layer->bias_.value() : Tensor());
  }
  if (weights.size() == layers.size()) return linears(as_compute(x), weights, biases);
  for (const Linear* layer : layers) each.push_back((*layer)(x));
  return each;
}

Embedding::Embedding(std::int64_t count, std::int64_t width, double deviation, std::int64_t padding)
    : weight_(parameter("weight", {count, width}, {Init::Kind::normal, deviation, padding}, ParameterKind::embedding)),
      padding_(padding) {
  weight_.state().quantizable = true;
}

Tensor Embedding::operator()(const Tensor& ids) const { return embed(weight_, ids, padding_); }

Tensor embed(const Parameter& table, const Tensor& ids, std::int64_t padding) {
  if (table.quantized()) {
    const Tensor flat = reshape(ids, {ids.numel()});
    const Tensor rows = cast(index_rows(table.rows().codes, flat), DType::f32);
    Shape shape = ids.shape();
    shape.push_back(rows.size(1));
    return as_compute(reshape(rows * unsqueeze(index_rows(table.rows().scale, flat), 1), shape));
  }
  const Tensor& value = table.value();
  return embedding(value, ids, value.dtype() == DType::f32 ? context().compute : value.dtype(), padding);
}

Tensor Dropout::operator()(const Tensor& x, std::int64_t call) const { return dropout(x, p_, random_key(call)); }

Tensor Dropout::add_to(const Tensor& residual, const Tensor& x) const {
  return dropout_add(x, residual, p_, random_key());
}

}  // namespace strata
