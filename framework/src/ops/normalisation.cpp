// The layer_norm and rms_norm rows.
#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

Tensor wide(const Tensor& x) { return cast(x, x.dtype() == DType::f64 ? DType::f64 : DType::f32); }

std::vector<TensorSpec> infer(const OpCall& call) {
  const Tensor &x = call.inputs[0], &scale = call.inputs[1], &shift = call.inputs[2];
  if (x.rank() < 1 || x.size(-1) < 1 || !(scale.shape() == Shape{x.size(-1)}) || !(shift.shape() == scale.shape())) {
    throw Error("E_SHAPE", "[layer_norm]",
                "x " + describe(x) + ", scale " + describe(scale) + ", shift " + describe(shift),
                "x [..., N], scale [N] and shift [N] are needed");
  }
  for (const Tensor& input : call.inputs) {
    if (!is_floating(input.dtype())) throw Error("E_DTYPE", "[layer_norm]", describe(input) + " is not floating");
  }
  return {spec_of(x.dtype(), x.shape())};
}

struct Normal {
  Tensor values;   // (x - mean) / deviation, [..., N]
  Tensor inverse;  // 1 / sqrt(variance + eps), [..., 1]
};
Normal normalise(const Tensor& x, double eps) {
  const Tensor centred = x - mean(x, {-1}, true);
  const Tensor variance = mean(centred * centred, {-1}, true);
  const Tensor inverse = Tensor::scalar(1, x.dtype(), x.device()) / sqrt(variance + eps);
  return {centred * inverse, inverse};
}

Tensors compose(const OpCall& call) {
  const Normal normal = normalise(wide(call.inputs[0]), call.attributes.number("eps"));
  return {cast(normal.values * call.inputs[1] + call.inputs[2], call.inputs[0].dtype())};
}

// With n the normalised values and d = g scale: dx = (d - mean(d) - n mean(d n)) / deviation.
Tensors vjp(const VjpCall& call) {
  const Tensor g = wide(call.gradient());
  const std::int64_t width = g.size(-1);
  const Shape rows{g.numel() / width, width};
  const Normal normal = normalise(wide(call.inputs[0]), call.attributes.number("eps"));
  Tensors gradients(3);
  if (call.needed(0)) {
    const Tensor d = g * call.inputs[1];
    const Tensor inner = d - mean(d, {-1}, true) - normal.values * mean(d * normal.values, {-1}, true);
    gradients[0] = cast(inner * normal.inverse, call.input_specs[0].dtype);
  }
  if (call.needed(1)) gradients[1] = sum(reshape(g * normal.values, rows), {0});
  if (call.needed(2)) gradients[2] = sum(reshape(g, rows), {0});
  return gradients;
}

std::vector<TensorSpec> rms_infer(const OpCall& call) {
  const Tensor &x = call.inputs[0], &scale = call.inputs[1];
  if (x.rank() < 1 || x.size(-1) < 1 || !(scale.shape() == Shape{x.size(-1)})) {
    throw Error("E_SHAPE", "[rms_norm]", "x " + describe(x) + ", scale " + describe(scale),
                "x [..., N] and scale [N] are needed");
  }
  for (const Tensor& input : call.inputs) {
    if (!is_floating(input.dtype())) throw Error("E_DTYPE", "[rms_norm]", describe(input) + " is not floating");
  }
  return {spec_of(x.dtype(), x.shape())};
}

// 1 / sqrt(mean(x^2) + eps), [..., 1]
Tensor inverse_size(const Tensor& x, double eps) {
  return Tensor::scalar(1, x.dtype(), x.device()) / sqrt(mean(x * x, {-1}, true) + eps);
}

Tensors rms_compose(const OpCall& call) {
  const Tensor x = wide(call.inputs[0]);
  const Tensor normal = x * inverse_size(x, call.attributes.number("eps"));
  return {cast(normal * call.inputs[1], call.inputs[0].dtype())};
}

// With n the normalised values and d = g scale: dx = (d - n mean(d n)) / size.
Tensors rms_vjp(const VjpCall& call) {
  const Tensor g = wide(call.gradient()), x = wide(call.inputs[0]);
  const Tensor inverse = inverse_size(x, call.attributes.number("eps")), normal = x * inverse;
  Tensors gradients(2);
  if (call.needed(0)) {
    const Tensor d = g * call.inputs[1];
    gradients[0] = cast((d - normal * mean(d * normal, {-1}, true)) * inverse, call.input_specs[0].dtype);
  }
  if (call.needed(1)) gradients[1] = sum(reshape(g * normal, {g.numel() / g.size(-1), g.size(-1)}), {0});
  return gradients;
}

const Op kRmsNorm{.name = "rms_norm",
                  .infer = rms_infer,
                  .compose = rms_compose,
                  .vjp = rms_vjp,
                  .vjp_reads_inputs = bit(0) | bit(1)};
const Op kLayerNorm{
    .name = "layer_norm", .infer = infer, .compose = compose, .vjp = vjp, .vjp_reads_inputs = bit(0) | bit(1)};

}  // namespace

std::vector<const Op*> detail::normalisation_ops() { return {&kLayerNorm, &kRmsNorm}; }

Tensor layer_norm(const Tensor& x, const Tensor& scale, const Tensor& shift, double eps) {
  return apply(kLayerNorm, {x, scale, shift}, OpAttributes().number("eps", eps))[0];
}

Tensor rms_norm(const Tensor& x, const Tensor& scale, double eps) {
  return apply(kRmsNorm, {x, scale}, OpAttributes().number("eps", eps))[0];
}

}  // namespace strata
