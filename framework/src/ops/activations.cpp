// The rows gelu_tanh and silu: activations of feed-forward networks that are not the end of a product.
#include <cmath>
#include <numbers>

#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"

namespace strata {
namespace {

std::vector<TensorSpec> infer(const OpCall& call) {
  const Tensor& x = call.inputs[0];
  if (!is_floating(x.dtype())) {
    throw Error("E_DTYPE", "[" + std::string(call.op.name) + "]", describe(x) + " is not of a floating type",
                "cast it first");
  }
  return {spec_of(x.dtype(), x.shape())};
}

// 16-bit floats are computed in f32.
Tensor widened(const Tensor& x) { return size_of(x.dtype()) == 2 ? cast(x, DType::f32) : x; }

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

const Op kGeluTanh{.name = "gelu_tanh",
                   .infer = infer,
                   .compose = gelu_tanh_compose,
                   .vjp = gelu_tanh_vjp,
                   .vjp_reads_inputs = bit(0)};
const Op kSilu{.name = "silu", .infer = infer, .compose = silu_compose, .vjp = silu_vjp, .vjp_reads_inputs = bit(0)};

}  // namespace

std::vector<const Op*> detail::activation_ops() { return {&kGeluTanh, &kSilu}; }

Tensor gelu_tanh(const Tensor& x) { return apply_one(kGeluTanh, {x}); }
Tensor silu(const Tensor& x) { return apply_one(kSilu, {x}); }

}  // namespace strata
