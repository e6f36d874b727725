// LossScale.
#include "train/loss_scale.hpp"

#include "strata/ops/elementwise.hpp"
#include "strata/tensor/context.hpp"

namespace strata::detail {
namespace {

constexpr double kFirst = 1024, kGrowsAfter = 2000;

}  // namespace

void LossScale::start(bool on) {
  if (!on) return;
  factor_ = Tensor::scalar(kFirst, DType::f64);
  finite_ = Tensor::scalar(0, DType::f64);
}

Tensor LossScale::scaled(const Tensor& loss) const { return on() ? loss * cast(factor_, loss.dtype()) : loss; }

void LossScale::update(const Tensor& flaw) {
  if (!on()) return;
  const NoGrad scope;
  const Tensor none = Tensor::scalar(0, DType::f64);
  const Tensor good = equal(flaw, none), row = affine(finite_, 1, 1);
  const Tensor grows = less_equal(Tensor::scalar(kGrowsAfter, DType::f64), row);
  copy_into(factor_, where(good, where(grows, affine(factor_, 2, 0), factor_), affine(factor_, 0.5, 0)));
  copy_into(finite_, where(logical_and(good, logical_not(grows)), row, none));
}

void LossScale::add_state(std::vector<NamedTensor>& state) const {
  if (!on()) return;
  state.push_back({"loss_scale", factor_});
  state.push_back({"loss_scale_finite", finite_});
}

}  // namespace strata::detail
