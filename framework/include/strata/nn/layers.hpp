// The small layers that everything is made of: Linear, Embedding, Dropout.
#pragma once

#include "strata/nn/layer.hpp"
#include "strata/ops/fused.hpp"

namespace strata {

// y = activation(x weight^T + bias): [..., in] -> [..., out] in the compute type. weight [out, in] uniform with bound
// 1 / sqrt(in), as is the bias.
class STRATA_API Linear final : public Layer {
 public:
  // Widths of x and of the result.
  Linear(std::int64_t in, std::int64_t out, bool bias = true);
  // Uses an existing weight [out, in] (tied); a bias of its own when asked for.
  Linear(const Parameter& weight, bool bias);

  // [..., in] -> [..., out].
  Tensor operator()(const Tensor& x, Activation activation = Activation::none) const;
  // Several of one x, each as its operator(): at the same time where a backend can.
  static Tensors together(const Tensor& x, std::initializer_list<const Linear*> layers);
  const Parameter& weight() const { return weight_; }  // [out, in]
  const Parameter& bias() const { return bias_; }      // [out]; empty without one

 private:
  Parameter weight_, bias_;
};

// ids i64 [...] -> [..., width] in the compute type. weight [count, width] normal with `deviation`; the row of
// `padding` (if >= 0) starts at zero and receives no gradient.
class STRATA_API Embedding final : public Layer {
 public:
  // `count` ids, `deviation` of the initial normal.
  Embedding(std::int64_t count, std::int64_t width, double deviation, std::int64_t padding = -1);

  // [...] -> [..., width]. E_SHAPE_INDEX when an id is outside [0, count).
  Tensor operator()(const Tensor& ids) const;
  const Parameter& weight() const { return weight_; }  // [count, width]

 private:
  Parameter weight_;
  std::int64_t padding_;
};

// What Embedding does, of a table that another layer declared (tied).
STRATA_API Tensor embed(const Parameter& table, const Tensor& ids, std::int64_t padding = -1);

// Zero with probability p while training (ops/random.hpp); the identity otherwise.
class STRATA_API Dropout final : public Layer {
 public:
  // 0 <= p < 1; what is outside throws when called.
  explicit Dropout(double p) : p_(p) {}

  // Of any shape. `call` tells apart several calls in one forward.
  Tensor operator()(const Tensor& x, std::int64_t call = 0) const;
  // residual + dropout(x) in one pass; both of one shape and dtype.
  Tensor add_to(const Tensor& residual, const Tensor& x) const;

 private:
  double p_;
};

}  // namespace strata
