// Gradients of whole models against central differences in float64, on every parameter, with padding on both sides.
#pragma once

#include "plugins/stages/seq2seq.hpp"
#include "strata/autograd/backward.hpp"

namespace strata_test {

inline void check_model_gradients(const std::string& json) {
  constexpr std::int64_t kWords = 6;
  const Pairs kPairs = {{{4, 5, 4}, {5}}, {{5}, {4, 4, 5}}};
  const Kernels scope("plain");
  const auto model = make_model(json, kWords, DType::f64);
  const TensorBatch batch = batch_of(kPairs);
  const std::vector<NamedParameter> parameters = model->parameters();
  Tensors leaves;
  for (const NamedParameter& one : parameters) leaves.push_back(one.parameter.value());
  const auto loss = [&](std::span<const Tensor> values) {
    for (std::size_t i = 0; i < values.size(); ++i) parameters[i].parameter.state().value = values[i];
    return Tensors{model->loss(batch, {.label_smoothing = 0.1}).sum};
  };
  const GradcheckReport report = gradcheck(loss, leaves);
  BOOST_TEST_MESSAGE(json << ": " << leaves.size() << " parameters, worst " << report.worst << ", tolerance 1e-6, at "
                          << report.message);
  BOOST_TEST(report.passed, report.message);
}

}  // namespace strata_test
