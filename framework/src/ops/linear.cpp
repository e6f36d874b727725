// The linear row: activation(x weight^T + bias + addend).
#include <algorithm>

#include "ops/activate.hpp"
#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

enum Input : std::size_t { kX, kWeight, kBias, kAddend };

Activation activation_of(const OpAttributes& attributes) {
  return static_cast<Activation>(attributes.integer("activation"));
}

std::vector<TensorSpec> infer(const OpCall& call) {
  const Tensor &x = call.inputs[kX], &weight = call.inputs[kWeight];
  if (x.rank() < 1 || weight.rank() != 2 || x.size(-1) != weight.size(1)) {
    throw Error("E_SHAPE", "[linear]", "x " + describe(x) + ", weight " + describe(weight),
                "x [..., I] and weight [O, I] with the same I are needed");
  }
  if (!is_floating(x.dtype()) || !is_floating(weight.dtype())) {
    throw Error("E_DTYPE", "[linear]", "x " + describe(x) + ", weight " + describe(weight), "both must be floating");
  }
  Shape shape = x.shape();
  shape[-1] = weight.size(0);
  if (call.has(kBias) && !(call.inputs[kBias].shape() == Shape{weight.size(0)})) {
    throw Error("E_SHAPE", "[linear]", "bias " + describe(call.inputs[kBias]) + ", weight " + describe(weight),
                "bias [O] is needed");
  }
  if (call.has(kAddend)) {
    const Tensor& addend = call.inputs[kAddend];
    if (!(addend.shape() == shape)) {
      throw Error("E_SHAPE", "[linear]", "addend " + describe(addend) + ", product " + shape.str());
    }
    if (addend.dtype() != x.dtype()) {
      throw Error("E_DTYPE", "[linear]", "addend " + describe(addend) + ", x " + describe(x), "both of one type");
    }
    if (activation_of(call.attributes) != Activation::none) {
      throw Error("E_SHAPE", "[linear]", "an activation with an addend " + describe(addend),
                  "the addend takes the output's gradient as it is: apply the activation to the result");
    }
  }
  return {spec_of(x.dtype(), shape)};
}

// x as rows [R, I]
Tensor as_rows(const Tensor& x) { return reshape(x, {x.numel() / std::max<std::int64_t>(x.size(-1), 1), x.size(-1)}); }

// A weight wider than x, rounded to x's type but still in its own, so that its gradient is never rounded. The
// correction w + (r - w) is exact: r and w are neighbours.
Tensor rounded(const Tensor& weight, DType dtype) {
  if (weight.dtype() == dtype) return weight;
  const Tensor value = weight.detach(), narrow = cast(cast(value, dtype), weight.dtype());
  return weight.requires_grad() ? weight + (narrow - value) : narrow;
}

// x weight^T + bias + addend, before the activation.
Tensor product(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& addend) {
  const Tensor by = transpose(rounded(weight, x.dtype()));     // [I, O]
  Tensor y = matmul(x.rank() == 1 ? unsqueeze(x, 0) : x, by);  // [..., O]
  if (x.rank() == 1) y = reshape(y, {weight.size(0)});
  if (bias.defined()) y = y + bias;
  if (addend.defined()) y = y + addend;
  return cast(y, x.dtype());
}

Tensors compose(const OpCall& call) {
  const auto input = [&](std::size_t i) { return call.has(i) ? call.inputs[i] : Tensor(); };
  return {detail::activate(product(input(kX), input(kWeight), input(kBias), input(kAddend)),
                           activation_of(call.attributes))};
}

// The gradient of the pre-activation z, with a' from y = a(z) where the function allows it.
Tensor before_activation(const VjpCall& call) {
  const Tensor& g = call.gradient();
  const Activation activation = activation_of(call.attributes);
  if (activation == Activation::none) return g;
  // z is computed again rather than saved: reading the output here would keep every linear of a TimeLoop, those without
  // an activation, too, from waiting for the one product over all steps.
  const Tensor z = product(call.inputs[kX], call.inputs[kWeight], call.inputs[kBias], {});
  const Op& op = *find_op(activation == Activation::relu      ? "relu"
                          : activation == Activation::tanh    ? "tanh"
                          : activation == Activation::sigmoid ? "sigmoid"
                                                              : "gelu");
  const Tensor y = activation == Activation::gelu ? Tensor() : detail::activate(z, activation);
  const OpAttributes none{};
  const TensorSpec spec = spec_of(z.dtype(), z.shape());
  return op.vjp({op, std::span(&z, 1), std::span(&y, 1), std::span(&g, 1), none, std::span(&spec, 1), 1})[0];
}

// dx = dz W; dW = dz^T x and db = sum of dz over all rows, accumulated in the weight's own type (f32 under bf16).
Tensors vjp(const VjpCall& call) {
  const Tensor &x = call.inputs[kX], &weight = call.inputs[kWeight];
  const Tensor dz = before_activation(call);
  Tensors gradients(call.inputs.size());
  if (call.needed(kX)) {
    const Tensor rows = matmul(as_rows(dz), cast(weight, dz.dtype()));  // [R, I]
    gradients[kX] = reshape(rows, call.input_shape(kX));
  }
  if (call.needed(kWeight)) {
    const DType wide = promote("linear", weight.dtype(), x.dtype());
    gradients[kWeight] = matmul(transpose(cast(as_rows(dz), wide)), cast(as_rows(x), wide));  // [O, I]
  }
  if (call.needed(kBias)) gradients[kBias] = sum(as_rows(dz), {0});
  if (call.needed(kAddend)) gradients[kAddend] = dz;
  return gradients;
}

const Op kLinear{.name = "linear",
                 .infer = infer,
                 .compose = compose,
                 .vjp = vjp,
                 .vjp_reads_inputs = bit(kX) | bit(kWeight) | bit(kBias),
                 .sums_over_rows = bit(kWeight) | bit(kBias),
                 .passes_gradient = bit(kAddend)};

}  // namespace

std::vector<const Op*> detail::linear_ops() { return {&kLinear}; }

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& addend, Activation activation) {
  return apply(kLinear, {x, weight, bias, addend},
               OpAttributes().integer("activation", static_cast<std::int64_t>(activation)))[0];
}

}  // namespace strata
