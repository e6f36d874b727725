// Several linears of one input: composed of single ones, so that a backend need not know it; one that does may compute
// them at the same time.
#include "ops/families.hpp"
#include "strata/core/error.hpp"
#include "strata/ops/fused.hpp"

namespace strata {
namespace {

// inputs: x, then weight and bias of each.
std::size_t count_of(const OpCall& call) { return (call.inputs.size() - 1) / 2; }
Tensor bias_of(const OpCall& call, std::size_t i) { return call.has(2 * i + 2) ? call.inputs[2 * i + 2] : Tensor(); }

std::vector<TensorSpec> infer(const OpCall& call) {
  static const Op& single = *find_op("linear");
  static const OpAttributes plain = OpAttributes().integer("activation", static_cast<std::int64_t>(Activation::none));
  std::vector<TensorSpec> specs;
  for (std::size_t i = 0; i < count_of(call); ++i) {
    const Tensor inputs[] = {call.inputs[0], call.inputs[2 * i + 1], bias_of(call, i)};
    specs.push_back(single.infer({single, inputs, plain})[0]);
  }
  return specs;
}

Tensors compose(const OpCall& call) {
  Tensors outputs;
  for (std::size_t i = 0; i < count_of(call); ++i) {
    outputs.push_back(linear(call.inputs[0], call.inputs[2 * i + 1], bias_of(call, i)));
  }
  return outputs;
}

const Op kLinears{.name = "linears", .infer = infer, .compose = compose};

}  // namespace

std::vector<const Op*> detail::linears_ops() { return {&kLinears}; }

Tensors linears(const Tensor& x, const Tensors& weights, const Tensors& biases) {
  if (weights.empty() || biases.size() != weights.size()) {
    throw Error("E_SHAPE", "[linears]",
                std::to_string(weights.size()) + " weights and " + std::to_string(biases.size()) + " biases",
                "one of each a linear, undefined where it has no bias");
  }
  Tensors inputs{x};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    inputs.push_back(weights[i]);
    inputs.push_back(biases[i]);
  }
  return strata::apply(kLinears, inputs);  // not std::apply, which the vector brings in
}

}  // namespace strata
