// Elementwise ops. Shapes: a, b -> broadcast(a, b) by NumPy's rule, aligned at the last axis. A 16-bit float with an
// f32 gives f32; a scalar number does not change the dtype. Gradients are computed wherever the function is
// differentiable.
#pragma once

#include "strata/core/export.hpp"
#include "strata/tensor/tensor.hpp"

namespace strata {

// a + b, a - b, a * b, a / b. The dtype of the result is that of promote() (ops/op.hpp).
STRATA_API Tensor add(const Tensor& a, const Tensor& b);
STRATA_API Tensor sub(const Tensor& a, const Tensor& b);
STRATA_API Tensor mul(const Tensor& a, const Tensor& b);
STRATA_API Tensor div(const Tensor& a, const Tensor& b);
// The larger and the smaller of a and b. Where they are equal, the gradient goes to a.
STRATA_API Tensor maximum(const Tensor& a, const Tensor& b);
STRATA_API Tensor minimum(const Tensor& a, const Tensor& b);
// scale * x + shift.
STRATA_API Tensor affine(const Tensor& x, double scale, double shift);

// Functions of each element. All but neg and abs need a floating type (E_DTYPE). The gradients of relu and abs at 0 are
// 0.
STRATA_API Tensor neg(const Tensor& x);
STRATA_API Tensor abs(const Tensor& x);
STRATA_API Tensor exp(const Tensor& x);
STRATA_API Tensor log(const Tensor& x);
STRATA_API Tensor sqrt(const Tensor& x);
STRATA_API Tensor erf(const Tensor& x);
STRATA_API Tensor sin(const Tensor& x);
STRATA_API Tensor cos(const Tensor& x);
STRATA_API Tensor tanh(const Tensor& x);
STRATA_API Tensor sigmoid(const Tensor& x);
STRATA_API Tensor relu(const Tensor& x);
STRATA_API Tensor gelu(const Tensor& x);  // x * Phi(x), by erf (Hendrycks and Gimpel, 2016)
STRATA_API Tensor
gelu_tanh(const Tensor& x);                // x * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2: GPT-2's form of gelu
STRATA_API Tensor silu(const Tensor& x);   // x * sigmoid(x) (Elfwing et al., 2018)
STRATA_API Tensor elu(const Tensor& x);    // x > 0 ? x : exp(x) - 1
STRATA_API Tensor round(const Tensor& x);  // the nearest integer, ties to even; its gradient is zero

// Comparisons and logic; the result is bool.
STRATA_API Tensor equal(const Tensor& a, const Tensor& b);
STRATA_API Tensor less(const Tensor& a, const Tensor& b);
STRATA_API Tensor less_equal(const Tensor& a, const Tensor& b);
STRATA_API Tensor logical_and(const Tensor& a, const Tensor& b);
STRATA_API Tensor logical_not(const Tensor& x);
// condition (bool) ? a : b for each element.
STRATA_API Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

// Converts to `dtype`; returns the same handle when x has that dtype already.
STRATA_API Tensor cast(const Tensor& x, DType dtype);

// target += x in place, without recording gradients. Both have the same shape.
STRATA_API void add_in_place(const Tensor& target, const Tensor& x);

// Operators for the functions above.
inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator-(const Tensor& x) { return neg(x); }
inline Tensor operator+(const Tensor& x, double s) { return affine(x, 1, s); }
inline Tensor operator+(double s, const Tensor& x) { return affine(x, 1, s); }
inline Tensor operator-(const Tensor& x, double s) { return affine(x, 1, -s); }
inline Tensor operator-(double s, const Tensor& x) { return affine(x, -1, s); }
inline Tensor operator*(const Tensor& x, double s) { return affine(x, s, 0); }
inline Tensor operator*(double s, const Tensor& x) { return affine(x, s, 0); }
inline Tensor operator/(const Tensor& x, double s) { return affine(x, 1 / s, 0); }

}  // namespace strata
