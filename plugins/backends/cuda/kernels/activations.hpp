// The activations of ops of their own, of linear and of linear_int8. Each has f(x) and, from y = f(x) or from x as
// kKept says, the gradient of x; a NaN stays one.
#pragma once

#include "kernels/element.hpp"
#include "kernels/function.hpp"

namespace strata::cuda {

enum class Kept { x, y };

struct Tanh {
  static constexpr Kept kKept = Kept::y;
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return tanh(x);
  }
  template <class T>
  STRATA_BOTH T gradient(T y, T g) const {
    return g * (T{1} - y * y);
  }
};
struct Sigmoid {
  static constexpr Kept kKept = Kept::y;
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return T{1} / (T{1} + exp(-x));
  }
  template <class T>
  STRATA_BOTH T gradient(T y, T g) const {
    return g * y * (T{1} - y);
  }
};
struct Relu {
  static constexpr Kept kKept = Kept::y;
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return x < T{0} ? T{0} : x;
  }
  template <class T>
  STRATA_BOTH T gradient(T y, T g) const {
    return T{0} < y ? g : T{0};
  }
};
// x Phi(x) with the normal distribution's Phi and its density phi (Hendrycks and Gimpel, 2016); Phi by erfc, as 1 + erf
// cancels where x is far below 0.
struct Gelu {
  static constexpr Kept kKept = Kept::x;
  template <class T>
  STRATA_BOTH static T below(T x) {
    return T{0.5} * erfc(-x * static_cast<T>(0.70710678118654752440));
  }
  template <class T>
  STRATA_BOTH T operator()(T x) const {
    return x * below(x);
  }
  template <class T>
  STRATA_BOTH T gradient(T x, T g) const {
    const T density = exp(x * x * T{-0.5}) * static_cast<T>(0.39894228040143267794);
    return g * (below(x) + x * density);
  }
};

// The function, chosen at run time: a switch that all threads take alike.
template <class T>
STRATA_BOTH T activated(Function function, T x) {
  switch (function) {
    case Function::relu: return Relu{}(x);
    case Function::tanh: return Tanh{}(x);
    case Function::sigmoid: return Sigmoid{}(x);
    case Function::gelu: return Gelu{}(x);
    case Function::none: break;
  }
  return x;
}
// The gradient of its argument; kept: the result, of gelu the argument.
template <class T>
STRATA_BOTH T activation_gradient(Function function, T kept, T g) {
  switch (function) {
    case Function::relu: return Relu{}.gradient(kept, g);
    case Function::tanh: return Tanh{}.gradient(kept, g);
    case Function::sigmoid: return Sigmoid{}.gradient(kept, g);
    case Function::gelu: return Gelu{}.gradient(kept, g);
    case Function::none: break;
  }
  return g;
}

}  // namespace strata::cuda
