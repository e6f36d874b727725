// Layer normalisation (Ba, Kiros and Hinton, 2016) and root mean square normalisation (Zhang and Sennrich, 2019).
#pragma once

#include "strata/nn/roles.hpp"
#include "strata/ops/fused.hpp"

namespace strata {

// (x - mean) / sqrt(variance + eps) * weight + bias over the last axis.
class LayerNorm final : public Norm {
 public:
  struct Options {
    double eps = 1e-5;
    void visit(auto& option) { option("eps", eps, "number that is added to the variance").above(0).max(1); }
  };
  LayerNorm(const Options& options, const Facts& facts)
      : eps_(options.eps),
        weight_(parameter("weight", {facts.width}, Init::ones())),
        bias_(parameter("bias", {facts.width}, Init::zeros())) {}

  Tensor operator()(const Tensor& x) const override { return layer_norm(x, weight_, bias_, eps_); }

 private:
  double eps_;
  Parameter weight_, bias_;
};

// x / sqrt(mean(x^2) + eps) * weight over the last axis.
class RmsNorm final : public Norm {
 public:
  struct Options {
    double eps = 1e-6;
    void visit(auto& option) { option("eps", eps, "number that is added to the mean square").above(0).max(1); }
  };
  RmsNorm(const Options& options, const Facts& facts)
      : eps_(options.eps), weight_(parameter("weight", {facts.width}, Init::ones())) {}

  Tensor operator()(const Tensor& x) const override { return rms_norm(x, weight_, eps_); }

 private:
  double eps_;
  Parameter weight_;
};

}  // namespace strata
