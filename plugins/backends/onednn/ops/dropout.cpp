// dropout and dropout_add: the mask is drawn again in backward, from the same key and counter, and never stored.
#include "ops/dropout.hpp"

#include "strata/ops/random_bits.hpp"

namespace strata::onednn {
namespace {

bool supports(const KernelCall& call) {
  const View &x = call.inputs[0], &step = call.inputs[1];
  return dense_vector(x) && x.numel() > 0 && step.dtype == DType::i64 && step.numel() == 1 &&
         call.outputs[0].dtype == x.dtype;
}

// `addend` is added to the result, where it is not null.
void drop(const Attributes& attributes, const View& step, const View& x, const View* addend, const View& y) {
  DropoutCall shared = dropout_call(attributes, step);
  if (addend != nullptr) shared.addend = addend->data;
  shared.x = x.data;
  shared.y = y.data;
  parallel_for(0, (x.numel() + 63) / 64, 64, [&](std::int64_t first, std::int64_t last) {
    DropoutCall part = shared;
    part.first = first * 64;
    part.last = std::min(last * 64, x.numel());
    vectors().dropout[half(x)](part);
  });
}

void forward(const KernelCall& call) {
  drop(call.attributes, call.inputs[1], call.inputs[0], nullptr, call.outputs[0]);
}

bool supports_add(const KernelCall& call) {
  return supports(call) && dense_vector(call.inputs[2]) && call.inputs[2].dtype == call.inputs[0].dtype;
}
void forward_add(const KernelCall& call) {
  drop(call.attributes, call.inputs[1], call.inputs[0], &call.inputs[2], call.outputs[0]);
}

// The engine hands the residual its gradient by itself.
void backward(const BackwardCall& call) {
  if (!wanted(call, 0)) return;
  drop(call.attributes, call.inputs[1], densified(call.output_gradients[0], *call.workspace), nullptr,
       call.input_gradients[0]);
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
  KernelRow adding = row_of("dropout_add", forward_add, supports_add);
  adding.backward = backward;
  adding.backward_reads_inputs = 2;
  rows.push_back(adding);
}

}  // namespace strata::onednn
