// A function of tensors run twice, by the kernels of the plugin under test and by compositions over plain loops:
// outputs and gradients of a random projection are compared.
#pragma once

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "strata/autograd/backward.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/op.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/tensor/context.hpp"

namespace backend_test {

using strata::DType;
using strata::Shape;
using strata::Tensor;
using strata::Tensors;
using Function = std::function<Tensors(const Tensors&)>;

class Compare {
 public:
  explicit Compare(unsigned seed) : random_(seed) { BOOST_TEST_MESSAGE("seed " << seed); }

  // Normal numbers; rounded to `dtype`.
  Tensor normal(const Shape& shape, DType dtype = DType::f32, double scale = 1) {
    std::vector<float> values(static_cast<std::size_t>(shape.numel()));
    std::normal_distribution<float> distribution(0, static_cast<float>(scale));
    for (float& value : values) value = distribution(random_);
    const strata::NoGrad none;
    return strata::cast(Tensor::from(values, shape), dtype);
  }
  Tensor integers(const Shape& shape, std::int64_t below) {
    std::vector<std::int64_t> values(static_cast<std::size_t>(shape.numel()));
    for (auto& value : values) value = static_cast<std::int64_t>(random_() % static_cast<unsigned long>(below));
    return Tensor::from(values, shape);
  }

  // Largest difference relative to the largest value of each tensor must not pass `tolerance`.
  void operator()(const std::string& name, const Function& function, const Tensors& inputs, double tolerance) {
    Tensors projection;
    {
      const strata::NoGrad none;
      for (const Tensor& output : function(inputs)) projection.push_back(normal(output.shape()));
    }
    const Tensors kernels = run(function, inputs, projection, false), plain = run(function, inputs, projection, true);
    BOOST_REQUIRE_EQUAL(kernels.size(), plain.size());
    double worst = 0;
    for (std::size_t i = 0; i < kernels.size(); ++i) worst = std::max(worst, difference(kernels[i], plain[i]));
    BOOST_TEST_MESSAGE(name << ": largest relative difference " << worst << ", allowed " << tolerance);
    BOOST_TEST(worst <= tolerance, name << ": " << worst << " > " << tolerance);
  }

  static double difference(const Tensor& a, const Tensor& b) {
    if (!a.defined() || !b.defined()) return a.defined() == b.defined() ? 0 : 1e9;
    const std::vector<double> x = a.to_doubles(), y = b.to_doubles();
    double largest = 1e-3, worst = 0;
    for (const double value : y) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double d = std::abs(x[i] - y[i]);
      worst = d <= 1e30 ? std::max(worst, d) : 1e9;
    }
    return worst / largest;
  }

 private:
  // Outputs, then the gradient of every floating input.
  static Tensors run(const Function& function, const Tensors& inputs, const Tensors& projection, bool plain) {
    const strata::ContextScope scope;
    if (plain) {
      strata::context().kernels["*"] = "plain";
      for (const strata::Op* op : strata::all_ops()) {
        if (op->compose != nullptr) strata::context().kernels[op->name] = "composition";
      }
    }
    Tensors leaves;
    for (const Tensor& input : inputs) {
      leaves.push_back(input.defined() ? input.detach() : input);
      if (input.defined() && strata::is_floating(input.dtype())) leaves.back().require_grad();
    }
    Tensors results = function(leaves);
    Tensor loss;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Tensor part = strata::sum(strata::mul(strata::cast(results[i], DType::f32), projection[i]));
      loss = loss.defined() ? strata::add(loss, part) : part;
    }
    strata::backward(loss);
    for (const Tensor& leaf : leaves) {
      if (leaf.defined() && strata::is_floating(leaf.dtype())) results.push_back(leaf.grad());
    }
    return results;
  }

  std::mt19937 random_;
};

}  // namespace backend_test
