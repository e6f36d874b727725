// gradcheck: backward against central differences, in float64.
#include <cmath>

#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

// A small generator is enough for the projection: it only must not be special.
class Projection {
 public:
  explicit Projection(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}

  double next() {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return static_cast<double>(state_ >> 11U) * 0x1p-53 * 2 - 1;
  }

 private:
  std::uint64_t state_;
};

// sum over outputs of <output, projection>; integer outputs do not count.
Tensor projected(const Tensors& outputs, std::uint64_t seed) {
  Projection random(seed);
  Tensor total;
  for (const Tensor& output : outputs) {
    if (!output.defined() || !is_floating(output.dtype())) continue;
    std::vector<double> weights(static_cast<std::size_t>(output.numel()));
    for (double& weight : weights) weight = random.next();
    const Tensor part = sum(cast(output, DType::f64) * Tensor::from(weights, output.shape(), output.device()));
    total = total.defined() ? total + part : part;
  }
  return total;
}

}  // namespace

GradcheckReport gradcheck(const std::function<Tensors(std::span<const Tensor>)>& function,
                          std::span<const Tensor> inputs, double tolerance, std::uint64_t seed) {
  Tensors own;
  for (const Tensor& input : inputs) {
    if (!input.defined() || !is_floating(input.dtype())) {
      own.push_back(input);
      continue;
    }
    if (input.dtype() != DType::f64) throw Error("E_DTYPE", "[gradcheck]", "of " + input.str(), "inputs must be f64");
    Tensor copy = Tensor::from(input.to_doubles(), input.shape());
    copy.require_grad(input.requires_grad());
    own.push_back(copy);
  }
  const Tensor root = projected(function(own), seed);
  backward(root);
  GradcheckReport report;
  report.passed = true;
  const NoGrad scope;
  for (std::size_t k = 0; k < own.size(); ++k) {
    Tensor& input = own[k];
    if (!input.defined() || !input.requires_grad()) continue;
    const std::vector<double> analytic = input.grad().defined()
                                             ? input.grad().to_doubles()
                                             : std::vector<double>(static_cast<std::size_t>(input.numel()), 0.0);
    for (std::int64_t i = 0; i < input.numel(); ++i) {
      constexpr double kStep = 1e-5;
      double* element = input.data<double>() + i;
      const double original = *element;
      const auto value_at = [&](double x) {
        *element = x;
        input.bump_version();
        return projected(function(own), seed).item();
      };
      const double numeric = (value_at(original + kStep) - value_at(original - kStep)) / (2 * kStep);
      (void)value_at(original);
      const double got = analytic[static_cast<std::size_t>(i)];
      const double error = std::abs(got - numeric) / std::max(1.0, std::abs(numeric));
      if (error > report.worst || std::isnan(error)) {
        report.worst = error;
        report.message = "input " + std::to_string(k) + " element " + std::to_string(i) + ": backward " +
                         std::to_string(got) + ", differences " + std::to_string(numeric);
      }
      if (!(error <= tolerance)) report.passed = false;
    }
  }
  return report;
}

}  // namespace strata
