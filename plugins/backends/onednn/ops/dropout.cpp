// dropout: the mask is drawn again in backward, from the same key and counter, and never stored.
#include <cmath>

#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

bool supports(const KernelCall& call) {
  const View &x = call.inputs[0], &step = call.inputs[1];
  return dense_vector(x) && x.numel() > 0 && step.dtype == DType::i64 && step.numel() == 1 &&
         call.outputs[0].dtype == x.dtype;
}

void drop(const Attributes& attributes, const View& step, const View& x, const View& y) {
  DropoutCall shared{};
  shared.key = static_cast<std::uint64_t>(attributes.integer("key"));
  shared.call = attributes.integer("call");
  shared.step = *step.as<const std::int64_t>();
  const double p = attributes.number("p");
  // An element is kept when its word reaches p, rounded up to the grid of 2^-24 on which uniform numbers lie.
  const double steps = std::ceil(p * 0x1p24);
  shared.threshold = static_cast<std::uint32_t>(steps < 0x1p24 ? steps : 0x1p24 - 1) << 8U;
  shared.scale = static_cast<float>(1.0 / (1.0 - p));
  shared.x = x.data;
  shared.y = y.data;
  parallel_for(0, (x.numel() + 63) / 64, 64, [&](std::int64_t first, std::int64_t last) {
    DropoutCall part = shared;
    part.first = first * 64;
    part.last = std::min(last * 64, x.numel());
    vectors().dropout[half(x)](part);
  });
}

void forward(const KernelCall& call) { drop(call.attributes, call.inputs[1], call.inputs[0], call.outputs[0]); }

void backward(const BackwardCall& call) {
  if (!wanted(call, 0)) return;
  drop(call.attributes, call.inputs[1], densified(call.output_gradients[0], *call.workspace), call.input_gradients[0]);
}

}  // namespace

void add_dropout(Rows& rows) {
  KernelRow row = row_of("dropout", forward, supports);
  row.backward = backward;
  row.backward_reads_inputs = 2;
  rows.push_back(row);
}

}  // namespace strata::onednn
