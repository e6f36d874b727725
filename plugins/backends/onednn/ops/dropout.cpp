// dropout: the mask is drawn again in backward, from the same key and counter, and never stored.
#include "ops/dropout.hpp"

#include "strata/ops/random_bits.hpp"

namespace strata::onednn {
namespace {

bool supports(const KernelCall& call) {
  const View &x = call.inputs[0], &step = call.inputs[1];
  return dense_vector(x) && x.numel() > 0 && step.dtype == DType::i64 && step.numel() == 1 &&
         call.outputs[0].dtype == x.dtype;
}

void drop(const Attributes& attributes, const View& step, const View& x, const View& y) {
  DropoutCall shared = dropout_call(attributes, step);
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

DropoutCall dropout_call(const Attributes& attributes, const View& step) {
  DropoutCall call{};
  call.key = static_cast<std::uint64_t>(attributes.integer("key"));
  call.call = attributes.integer("call");
  call.step = *step.as<const std::int64_t>();
  call.threshold = dropout_threshold(attributes.number("p"));
  call.scale = static_cast<float>(dropout_scale(attributes.number("p")));
  return call;
}

void add_dropout(Rows& rows) {
  KernelRow row = row_of("dropout", forward, supports);
  row.backward = backward;
  row.backward_reads_inputs = 2;
  rows.push_back(row);
}

}  // namespace strata::onednn
