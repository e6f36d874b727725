// Cell: the default walk over a sequence.
#include "strata/nn/cell.hpp"

#include "strata/autograd/time_loop.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

Tensors Cell::initial_state(std::int64_t batch) const {
  const Tensor& weight = projection().weight;
  const DType dtype = weight.dtype() == DType::f32 ? context().compute : weight.dtype();
  Tensors state;
  for (int i = 0; i < state_parts(); ++i) state.push_back(Tensor::zeros({batch, hidden()}, dtype));
  return state;
}

Cell::Sequence Cell::sequence(const Tensor& x, const Tensors& initial, const Tensor& lengths, bool reverse) const {
  const std::int64_t batch = x.size(0), time = x.size(1);
  const Projection map = projection();
  const Tensors steps = unbind(linear(as_compute(x), map.weight, map.bias), 1);
  Tensors state = initial.empty() ? initial_state(batch) : initial;
  const Tensor zero = Tensor::scalar(0, state[0].dtype());
  Tensors outputs(static_cast<std::size_t>(time));
  const TimeLoop loop;
  for (std::int64_t i = 0; i < time; ++i) {
    const std::int64_t t = reverse ? time - 1 - i : i;
    Tensors next = in_plugin("step()", *this, [&] { return step(steps[static_cast<std::size_t>(t)], state); });
    Tensor output = next[0];
    if (lengths.defined()) {
      const Tensor alive = reshape(less(Tensor::full({}, static_cast<double>(t), DType::i64), lengths), {batch, 1});
      for (std::size_t k = 0; k < next.size(); ++k) next[k] = where(alive, next[k], state[k]);
      output = where(alive, output, zero);
    }
    state = std::move(next);
    outputs[static_cast<std::size_t>(t)] = output;
  }
  return {stack(outputs, 1), state};
}

}  // namespace strata
