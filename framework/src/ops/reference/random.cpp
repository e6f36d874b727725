// Reference kernels of the random ops: element e of a tensor has the random word e % 4 of block e / 4.
#include "ops/reference/reference.hpp"
#include "strata/ops/random_bits.hpp"

namespace strata::detail::reference {
namespace {

double number_of(const KernelCall& call, const Array& step, std::int64_t element) {
  const PhiloxBlock block =
      random_block(static_cast<std::uint64_t>(call.attributes.integer("key")), call.attributes.integer("call"),
                   static_cast<std::int64_t>(step.flat(0)), element / 4);
  return static_cast<double>(block.word[element % 4] >> 8U) / 16777216.0;
}

void uniform(const KernelCall& call) {
  const Array step = load(call.inputs[0]);
  Array y = like(call.outputs[0]);
  for (std::int64_t i = 0; i < y.numel(); ++i) y.flat(i) = number_of(call, step, i);
  store(call.outputs[0], y);
}

void dropout(const KernelCall& call) {
  const Array x = load(call.inputs[0]), step = load(call.inputs[1]);
  const double p = call.attributes.number("p");
  Array y = like(call.outputs[0]);
  for (std::int64_t i = 0; i < y.numel(); ++i) y.flat(i) = number_of(call, step, i) < p ? 0 : x.flat(i) / (1 - p);
  store(call.outputs[0], y);
}

void dropout_add(const KernelCall& call) {
  const Array residual = load(call.inputs[2]);
  KernelCall rest = call;
  rest.input_count = 2;
  dropout(rest);
  Array y = load(call.outputs[0]);
  for (std::int64_t i = 0; i < y.numel(); ++i) y.flat(i) += residual.flat(i);
  store(call.outputs[0], y);
}

}  // namespace

void add_random(KernelRows& rows) {
  rows.push_back(reference_row("uniform", uniform));
  rows.push_back(reference_row("dropout", dropout));
  rows.push_back(reference_row("dropout_add", dropout_add));
}

}  // namespace strata::detail::reference
