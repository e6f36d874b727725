// An Activation as ops: what the compositions of linear and linear_int8 end with. Private to libstrata.
#pragma once

#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"

namespace strata::detail {

inline Tensor activate(const Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::none: return x;
    case Activation::relu: return relu(x);
    case Activation::tanh: return tanh(x);
    case Activation::sigmoid: return sigmoid(x);
    case Activation::gelu: return gelu(x);
  }
  return x;
}

}  // namespace strata::detail
