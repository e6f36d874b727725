// Cases of an op that a plugin brings: its own examples.
#include <algorithm>
#include <cmath>

#include "check/kernel/cases.hpp"
#include "strata/tensor/context.hpp"

namespace strata::detail::conformance {
namespace {

Input drawn(const OpExample::Input& input, Values& random) {
  switch (input.kind) {
    case OpExample::Kind::data: return random.data(input.shape, input.low, input.high);
    case OpExample::Kind::weight: return random.weight(input.shape, input.low, input.high);
    case OpExample::Kind::index: return random.indices(input.shape, std::llround(std::max(1.0, input.high)));
    case OpExample::Kind::boolean: return random.mask(input.shape);
    case OpExample::Kind::absent: break;
  }
  return Values::none();
}

std::string title_of(const OpExample& example) {
  std::string title;
  for (const OpExample::Input& input : example.inputs) {
    title += (title.empty() ? "" : " with ") +
             (input.kind == OpExample::Kind::absent ? std::string("nothing") : input.shape.str());
  }
  return title.empty() ? "no inputs" : title;
}

}  // namespace

Cases cases_of_examples(const Op& op, std::int64_t seed) {
  Cases cases;
  if (op.examples == nullptr) return cases;
  const ContextScope scope;
  context().kernels = {{"*", "plain"}};
  Values random(900 + static_cast<unsigned>(seed));
  for (const OpExample& example : op.examples()) {
    std::vector<Input> inputs;
    for (const OpExample::Input& input : example.inputs) inputs.push_back(drawn(input, random));
    const auto run = [&op, attributes = example.attributes](std::span<const Tensor> in, DType) {
      return apply(op, in, attributes);
    };
    cases.push_back({op.name, title_of(example), std::move(inputs), run, example.tolerance, false});
  }
  return cases;
}

}  // namespace strata::detail::conformance
