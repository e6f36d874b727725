// WeightMean.
#include "train/weight_mean.hpp"

#include <algorithm>

#include "strata/ops/elementwise.hpp"
#include "strata/ops/update.hpp"
#include "strata/tensor/context.hpp"

namespace strata::detail {
namespace {

Tensor copy_of(const Tensor& x) {
  Tensor copy = Tensor::empty(x.shape(), x.dtype(), x.device());
  copy_into(copy, x.detach());
  return copy;
}

}  // namespace

void WeightMean::start(double decay, const std::vector<NamedParameter>& parameters) {
  decay_ = decay;
  if (decay_ == 0) return;
  parameters_ = parameters;
  for (const NamedParameter& one : parameters_) {
    mean_.push_back(copy_of(one.parameter.value()));
    trained_.push_back(copy_of(one.parameter.value()));
  }
}

void WeightMean::update(std::int64_t t) {
  if (decay_ == 0) return;
  const NoGrad scope;
  const double warm = (1 + static_cast<double>(t)) / (10 + static_cast<double>(t)), d = std::min(decay_, warm);
  scale_in_place(mean_, Tensor::scalar(d, DType::f64));
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    add_in_place(mean_[i], affine(parameters_[i].parameter.value().detach(), 1 - d, 0));
  }
}

void WeightMean::show() {
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    copy_into(trained_[i], parameters_[i].parameter.value().detach());
    copy_into(parameters_[i].parameter.value(), mean_[i]);
  }
}

void WeightMean::hide() {
  for (std::size_t i = 0; i < mean_.size(); ++i) copy_into(parameters_[i].parameter.value(), trained_[i]);
}

void WeightMean::add_state(std::vector<NamedTensor>& state) const {
  for (std::size_t i = 0; i < mean_.size(); ++i) state.push_back({"trained." + parameters_[i].name, trained_[i]});
}

void WeightMean::resume() {
  for (std::size_t i = 0; i < mean_.size(); ++i) copy_into(mean_[i], parameters_[i].parameter.value().detach());
  hide();
}

}  // namespace strata::detail
