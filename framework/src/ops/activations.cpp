// The rows of activations by compositions: gelu, elu, gelu_tanh, silu.
#include <cmath>
#include <numbers>

#include "ops/families.hpp"
#include "ops/infer_float.hpp"
#include "strata/ops/elementwise.hpp"

namespace strata {
namespace {

using detail::infer_float;

// In f32 for 16-bit floats, as 1 + erf and exp - 1 cancel.
Tensor widened(const Tensor& x) { return size_of(x.dtype()) == 2 ? cast(x, DType::f32) : x; }

// Phi(x) + x phi(x)
Tensors gelu_vjp(const VjpCall& call) {
  const Tensor x = widened(call.inputs[0]);
  const Tensor cdf = affine(erf(x * (std::numbers::sqrt2 / 2)), 0.5, 0.5);
  const Tensor pdf = exp(x * x * -0.5) * (std::numbers::inv_sqrtpi / std::numbers::sqrt2);
  return {call.gradient() * (cdf + x * pdf)};
}
Tensors gelu_compose(const OpCall& call) {
  const Tensor x = widened(call.inputs[0]);
  return {cast(x * affine(erf(x * (std::numbers::sqrt2 / 2)), 0.5, 0.5), call.inputs[0].dtype())};
}

Tensors elu_compose(const OpCall& call) {
  const Tensor x = widened(call.inputs[0]);
  const Tensor zero = Tensor::scalar(0, x.dtype(), x.device());
  return {cast(where(less(zero, x), x, exp(minimum(x, zero)) - 1.0), call.inputs[0].dtype())};
}

constexpr double kCube = 0.044715;
const double kSlope = std::sqrt(2 / std::numbers::pi);

// tanh(sqrt(2 / pi) (x + 0.044715 x^3))
Tensor inner_tanh(const Tensor& x) { return tanh(x * affine(x * x, kCube * kSlope, kSlope)); }

Tensors gelu_tanh_compose(const OpCall& call) {
  const Tensor x = widened(call.inputs[0]);
  return {cast(x * affine(inner_tanh(x), 0.5, 0.5), call.inputs[0].dtype())};
}
// (1 + t) / 2 + x (1 - t^2) / 2 * sqrt(2 / pi) (1 + 3 * 0.044715 x^2)
Tensors gelu_tanh_vjp(const VjpCall& call) {
  const Tensor x = widened(call.inputs[0]), t = inner_tanh(x);
  const Tensor slope = x * affine(t * t, -0.5, 0.5) * affine(x * x, 3 * kCube * kSlope, kSlope);
  return {cast(call.gradient() * (affine(t, 0.5, 0.5) + slope), call.inputs[0].dtype())};
}

Tensors silu_compose(const OpCall& call) {
  const Tensor x = widened(call.inputs[0]);
  return {cast(x * sigmoid(x), call.inputs[0].dtype())};
}
// s (1 + x (1 - s))
Tensors silu_vjp(const VjpCall& call) {
  const Tensor x = widened(call.inputs[0]), s = sigmoid(x);
  return {cast(call.gradient() * (s * affine(x * affine(s, -1, 1), 1, 1)), call.inputs[0].dtype())};
}

const Op kGelu{
    .name = "gelu", .infer = infer_float, .compose = gelu_compose, .vjp = gelu_vjp, .vjp_reads_inputs = bit(0)};
const Op kElu{.name = "elu", .infer = infer_float, .compose = elu_compose};
const Op kGeluTanh{.name = "gelu_tanh",
                   .infer = infer_float,
                   .compose = gelu_tanh_compose,
                   .vjp = gelu_tanh_vjp,
                   .vjp_reads_inputs = bit(0)};
const Op kSilu{
    .name = "silu", .infer = infer_float, .compose = silu_compose, .vjp = silu_vjp, .vjp_reads_inputs = bit(0)};

}  // namespace

std::vector<const Op*> detail::activation_ops() { return {&kGelu, &kElu, &kGeluTanh, &kSilu}; }

Tensor gelu(const Tensor& x) { return apply_one(kGelu, {x}); }
Tensor elu(const Tensor& x) { return apply_one(kElu, {x}); }
Tensor gelu_tanh(const Tensor& x) { return apply_one(kGeluTanh, {x}); }
Tensor silu(const Tensor& x) { return apply_one(kSilu, {x}); }

}  // namespace strata
