// What the tests of ops share: leaves of random values, gradients against differences, a vjp against the composition.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/op.hpp"
#include "strata/tensor/context.hpp"

namespace strata::test {

inline constexpr unsigned kSeed = 20261120;

// Values in [-2, 2), from a fixed seed and the given stream.
inline std::vector<double> random_values(const Shape& shape, unsigned stream = 0) {
  std::mt19937_64 random(kSeed + stream);
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (double& value : values) value = std::uniform_real_distribution<double>(-2, 2)(random);
  return values;
}
inline Tensor random_tensor(const Shape& shape, unsigned stream = 0) {
  return Tensor::from(random_values(shape, stream), shape);
}
inline Tensor leaf(const Shape& shape, unsigned stream = 0) { return random_tensor(shape, stream).require_grad(); }
inline Tensor ids(const std::vector<std::int64_t>& values, const Shape& shape) { return Tensor::from(values, shape); }
inline Tensor bools(const std::vector<int>& values, const Shape& shape) {
  Tensor out = Tensor::empty(shape, DType::boolean);
  auto* to = static_cast<std::uint8_t*>(out.view().data);
  for (std::size_t i = 0; i < values.size(); ++i) to[i] = values[i] != 0 ? 1 : 0;
  return out;
}

using Function = std::function<Tensors(std::span<const Tensor>)>;

inline void check_gradients(const Function& function, const Tensors& inputs) {
  const GradcheckReport report = gradcheck(function, inputs);
  BOOST_TEST_MESSAGE("gradcheck, seed " << kSeed << ": worst " << report.worst << " at " << report.message);
  BOOST_TEST(report.passed, report.message);
}

inline void check_close(const std::vector<double>& got, const std::vector<double>& expected, double tolerance) {
  BOOST_REQUIRE_EQUAL(got.size(), expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = std::abs(got[i] - expected[i]) / std::max(1.0, std::abs(expected[i]));
    worst = std::isnan(difference) ? difference : std::max(worst, difference);
    if (std::isnan(worst)) break;
  }
  BOOST_TEST_MESSAGE(got.size() << " values, largest difference " << worst << ", tolerance " << tolerance);
  BOOST_TEST(worst <= tolerance);
}

// The op's own vjp (what a kernel without a backward is paired with) against backward through the composition.
inline void check_vjp(const char* name, const Tensors& inputs, const OpAttributes& attributes,
                      double tolerance = 1e-12) {
  const Op& op = *find_op(name);
  Tensors leaves;
  for (const Tensor& input : inputs) {
    leaves.push_back(input.defined() ? input.detach() : Tensor());
    if (input.defined() && is_floating(input.dtype())) leaves.back().require_grad();
  }
  const Tensor output = op.compose({op, leaves, attributes})[0];
  const Tensor gradient = random_tensor(output.shape(), 99);
  backward(output, gradient);

  const NoGrad scope;
  std::vector<TensorSpec> specs;
  Tensors read;
  std::uint64_t needs = 0;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const bool defined = leaves[i].defined();
    specs.push_back(defined ? spec_of(leaves[i].dtype(), leaves[i].shape()) : TensorSpec{});
    read.push_back(defined && ((op.vjp_reads_inputs >> i) & 1U) != 0 ? leaves[i].detach() : Tensor());
    if (defined && leaves[i].requires_grad()) needs |= bit(static_cast<int>(i));
  }
  const Tensor seen = (op.vjp_reads_outputs & 1U) != 0 ? output.detach() : Tensor();
  const Tensors gradients = op.vjp({op, read, std::span(&seen, 1), std::span(&gradient, 1), attributes, specs, needs});
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (((needs >> i) & 1U) == 0) continue;
    BOOST_TEST_CONTEXT("input " << i) check_close(gradients[i].to_doubles(), leaves[i].grad().to_doubles(), tolerance);
  }
}

// Runs `action`, which must throw an Error of this code whose line holds every one of `parts`.
template <class Action>
void check_error(const std::string& code, const std::vector<std::string>& parts, const Action& action) {
  BOOST_CHECK_EXCEPTION(action(), Error, [&](const Error& fault) {
    const std::string line = fault.what();
    BOOST_TEST_MESSAGE(line);
    bool all = fault.code() == code;
    for (const std::string& part : parts) all = all && line.find(part) != std::string::npos;
    return all;
  });
}

}  // namespace strata::test
