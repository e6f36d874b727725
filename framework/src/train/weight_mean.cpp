// WeightMean.
#include "train/weight_mean.hpp"

#include <algorithm>

#include "ops/mean_update.hpp"
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
  if (!on()) return;
  parameters_ = parameters;
  for (const NamedParameter& one : parameters_) {
    mean_.push_back(copy_of(one.parameter.value()));
    trained_.push_back(copy_of(one.parameter.value()));
  }
}

double WeightMean::decay(std::int64_t t) const {
  return std::min(decay_, (1 + static_cast<double>(t)) / (10 + static_cast<double>(t)));
}

void WeightMean::update(const Tensor& d, const Tensor& flaw) const {
  Tensors weights;
  for (const NamedParameter& one : parameters_) weights.push_back(one.parameter.value().detach());
  mean_update(mean_, weights, d, flaw);
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
