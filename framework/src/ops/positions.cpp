// The rows add_sinusoid and length_mask.
#include "strata/ops/positions.hpp"

#include <cmath>

#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

std::vector<TensorSpec> infer_sinusoid(const OpCall& call) {
  const Tensor &x = call.inputs[0], &positions = call.inputs[1];
  const bool fits = x.rank() == 3 && x.size(2) % 2 == 0 && positions.rank() == 2 && positions.size(1) == x.size(1) &&
                    (positions.size(0) == 1 || positions.size(0) == x.size(0));
  if (!fits) {
    throw Error("E_SHAPE", "[add_sinusoid]", "x " + describe(x) + ", positions " + describe(positions),
                "x [B,T,C] of an even width and positions [B,T] or [1,T] are needed");
  }
  if (!is_floating(x.dtype()) || positions.dtype() != DType::i64) {
    throw Error("E_DTYPE", "[add_sinusoid]", "x " + describe(x) + ", positions " + describe(positions),
                "x of a floating type and positions i64 are needed");
  }
  return {spec_of(x.dtype(), x.shape())};
}

Tensors compose_sinusoid(const OpCall& call) {
  const Tensor &x = call.inputs[0], &positions = call.inputs[1];
  const std::int64_t rows = positions.size(0), time = positions.size(1), width = x.size(2);
  const double scale = call.attributes.number("scale");
  const Tensor at = reshape(cast(positions, DType::f64), {rows, time, 1});
  const double step = -2 * std::log(10000.0) / static_cast<double>(width);
  const Tensor frequencies = exp(cast(iota(width / 2), DType::f64) * step);                // 10000^(-2i/C)
  const Tensor angle = at * frequencies;                                                   // [B,T,C/2]
  const Tensor waves = reshape(stack({sin(angle), cos(angle)}, -1), {rows, time, width});  // [B,T,C]
  return {add(scale == 1 ? x : x * scale, cast(waves, x.dtype()))};
}

Tensors sinusoid_vjp(const VjpCall& call) {
  const double scale = call.attributes.number("scale");
  return {scale == 1 ? call.gradient() : call.gradient() * scale, Tensor()};
}

std::vector<TensorSpec> infer_mask(const OpCall& call) {
  const Tensor& lengths = call.inputs[0];
  const std::int64_t time = call.attributes.integer("time");
  if (lengths.rank() != 1 || time < 0) {
    throw Error("E_SHAPE", "[length_mask]", "lengths " + describe(lengths) + ", time " + std::to_string(time),
                "lengths [B] and a time of 0 or more are needed");
  }
  if (is_floating(lengths.dtype()) || lengths.dtype() == DType::boolean) {
    throw Error("E_DTYPE", "[length_mask]", "lengths " + describe(lengths) + " are not of an integer type");
  }
  return {spec_of(DType::boolean, {lengths.size(0), time})};
}

Tensors compose_mask(const OpCall& call) {
  const std::int64_t time = call.attributes.integer("time");
  return {less(reshape(iota(time), {1, time}), unsqueeze(call.inputs[0], 1))};
}

const Op kSinusoid{.name = "add_sinusoid", .infer = infer_sinusoid, .compose = compose_sinusoid, .vjp = sinusoid_vjp};
const Op kLengthMask{.name = "length_mask", .infer = infer_mask, .compose = compose_mask, .differentiable = false};

}  // namespace

std::vector<const Op*> detail::position_ops() { return {&kSinusoid, &kLengthMask}; }

Tensor add_sinusoid(const Tensor& x, const Tensor& positions, double scale) {
  return apply(kSinusoid, {x, positions}, OpAttributes().number("scale", scale))[0];
}

Tensor length_mask(const Tensor& lengths, std::int64_t time) {
  return apply(kLengthMask, {lengths}, OpAttributes().integer("time", time))[0];
}

}  // namespace strata
