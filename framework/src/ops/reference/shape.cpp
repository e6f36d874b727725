// Reference kernels of what copies: concat, copy to dense, and the in-place accumulate and assign.
#include "ops/place_at.hpp"
#include "ops/reference/reference.hpp"

namespace strata::detail::reference {
namespace {

void copy(const KernelCall& call) { store(call.outputs[0], load(call.inputs[0])); }

void concat(const KernelCall& call) {
  const auto axis = static_cast<std::size_t>(call.attributes.integer("axis"));
  Array y = like(call.outputs[0]);
  std::int64_t start = 0;
  for (std::int32_t i = 0; i < call.input_count; ++i) {
    const Array part = load(call.inputs[i]);
    Extents index(part.shape.size(), 0);
    for (const double value : part.values) {
      std::int64_t at = 0;
      for (std::size_t k = 0; k < index.size(); ++k) at = at * y.shape[k] + index[k] + (k == axis ? start : 0);
      y.flat(at) = value;
      (void)next_index(index, part.shape);
    }
    start += part.shape[axis];
  }
  store(call.outputs[0], y);
}

// outputs[0] += inputs[0]
void accumulate(const KernelCall& call) {
  Array y = load(call.outputs[0]);
  const Array x = load(call.inputs[0]);
  for (std::int64_t i = 0; i < y.numel(); ++i) y.flat(i) += x.flat(i);
  store(call.outputs[0], y);
}

// outputs[i] = inputs[i]
void assign(const KernelCall& call) {
  for (std::int32_t i = 0; i < call.output_count; ++i) store(call.outputs[i], load(call.inputs[i]));
}

// outputs[i] from place `at` of axis 1 on = inputs[i]; the last input is `at`.
void assign_at(const KernelCall& call) {
  const std::int64_t at = *call.inputs[call.output_count].as<const std::int64_t>();
  for (std::int32_t i = 0; i < call.output_count; ++i) {
    store(place_at(call.outputs[i], call.inputs[i], at), load(call.inputs[i]));
  }
}

}  // namespace

void add_shape(KernelRows& rows) {
  rows.push_back(reference_row("copy", copy));
  rows.push_back(reference_row("concat", concat));
  rows.push_back(reference_row("accumulate", accumulate));
  rows.push_back(reference_row("assign", assign));
  rows.push_back(reference_row("assign_at", assign_at));
}

}  // namespace strata::detail::reference
