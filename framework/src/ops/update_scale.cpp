// The row update_scale.
#include "ops/update_scale.hpp"

#include "ops/families.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"

namespace strata {
namespace {

enum Input : std::size_t { kReported, kObjective, kSquaredNorm, kInverse, kLossScale };

std::vector<TensorSpec> infer(const OpCall& call) {
  for (const Tensor& x : call.inputs) {
    if (!x.defined() || (x.rank() == 0 && is_floating(x.dtype()))) continue;
    throw Error(x.rank() == 0 ? "E_DTYPE" : "E_SHAPE", "[update_scale]", describe(x),
                "floating 0-d tensors are needed");
  }
  return {spec_of(DType::f64, {3}), spec_of(DType::f32, {}), spec_of(DType::f64, {})};
}

Tensors compose(const OpCall& call) {
  const auto wide = [&](Input i) { return cast(call.inputs[i], DType::f64); };
  const auto unscaled = [&](const Tensor& x) { return call.has(kLossScale) ? x / wide(kLossScale) : x; };
  const Tensor norm = unscaled(sqrt(wide(kSquaredNorm))), inverse = wide(kInverse);
  const Tensor report = stack({wide(kReported), wide(kObjective), norm}, 0);
  const Tensor flaw = sum(report * 0.0);
  Tensor scale = unscaled(inverse);
  if (const double limit = call.attributes.number("limit"); limit > 0) {
    const auto number = [&](double value) { return Tensor::scalar(value, DType::f64, inverse.device()); };
    scale = scale * minimum(number(1), number(limit) / (norm * inverse));
  }
  return {report, cast(scale + flaw, DType::f32), flaw};
}

const Op kUpdateScale{.name = "update_scale", .infer = infer, .compose = compose, .differentiable = false};

}  // namespace

std::vector<const Op*> detail::update_scale_ops() { return {&kUpdateScale}; }

UpdateScale update_scale(const UpdateSums& sums, double limit) {
  const Tensors made =
      apply(kUpdateScale, {sums.reported, sums.objective, sums.squared_norm, sums.inverse, sums.loss_scale},
            OpAttributes().number("limit", limit));
  return {made[0], made[1], made[2]};
}

}  // namespace strata
