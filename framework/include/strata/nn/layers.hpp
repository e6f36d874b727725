// The basic layers: Linear, Embedding and Dropout.
#pragma once

#include "strata/nn/layer.hpp"
#include "strata/ops/fused.hpp"

namespace strata {

// y = activation(x weight^T + bias): [..., in] -> [..., out] in the compute type of the context. weight [out, in] and
// bias [out] start uniform in [-1 / sqrt(in), 1 / sqrt(in)].
class STRATA_API Linear final : public Layer {
 public:
  // in, out: widths of x and of the result.
  Linear(std::int64_t in, std::int64_t out, bool bias = true);
  // Uses an existing weight [out, in] (tied weights), and a bias of its own when `bias` is true.
  Linear(const Parameter& weight, bool bias);

  // [..., in] -> [..., out].
  Tensor operator()(const Tensor& x, Activation activation = Activation::none) const;
  // Applies several layers to the same x and returns their results in order. A backend may compute them at the same
  // time.
  static Tensors together(const Tensor& x, std::initializer_list<const Linear*> layers);
  const Parameter& weight() const { return weight_; }  // [out, in]
  const Parameter& bias() const { return bias_; }      // [out]; an empty handle when there is no bias

 private:
  Parameter weight_, bias_;
};

// A table of vectors: ids i64 [...] -> [..., width] in the compute type of the context. weight [count, width] starts
// normal with standard deviation `deviation`; row `padding` (if >= 0) starts at zero and receives no gradient.
class STRATA_API Embedding final : public Layer {
 public:
  // count: number of ids; deviation: standard deviation of the initial values.
  Embedding(std::int64_t count, std::int64_t width, double deviation, std::int64_t padding = -1);

  // ids i64 [...] -> [..., width]. Throws E_SHAPE_INDEX when an id is outside [0, count).
  Tensor operator()(const Tensor& ids) const;
  const Parameter& weight() const { return weight_; }  // [count, width]

 private:
  Parameter weight_;
  std::int64_t padding_;
};

// Does what Embedding does, with a table that another layer declared (tied weights).
STRATA_API Tensor embed(const Parameter& table, const Tensor& ids, std::int64_t padding = -1);

// Dropout with probability p while training (ops/random.hpp); the identity otherwise.
class STRATA_API Dropout final : public Layer {
 public:
  // 0 <= p < 1; with another p, calls throw E_CONFIG_RANGE.
  explicit Dropout(double p) : p_(p) {}

  // x may have any shape. `call` distinguishes several calls in one forward pass.
  Tensor operator()(const Tensor& x, std::int64_t call = 0) const;
  // Returns residual + dropout(x), computed in one pass. Both have the same shape and dtype.
  Tensor add_to(const Tensor& residual, const Tensor& x) const;

 private:
  double p_;
};

}  // namespace strata
