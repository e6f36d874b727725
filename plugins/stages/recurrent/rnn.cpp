// The vanilla cell (Elman, "Finding Structure in Time", 1990): h' = tanh(W x + U h + b).
#include "cells.hpp"
#include "strata/ops/elementwise.hpp"

namespace strata {

Tensors RnnCell::step(const Tensor& projected, const Tensors& state) const {
  return {tanh(linear(state[0], recurrent(), bias_hh_, projected))};
}

Cell::Sequence RnnCell::sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const {
  const RecurrentOutput out = rnn(as_compute(x), weights(), state.empty() ? Tensor() : state[0], lengths, reverse);
  return {out.outputs, {out.hidden}};
}

}  // namespace strata
