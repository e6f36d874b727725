// Long short-term memory (Hochreiter and Schmidhuber, 1997) with forget gates (Gers, Schmidhuber and Cummins, 2000):
// i, f, o = sigmoid, g = tanh; c' = f c + i g; h' = o tanh(c').
#include "cells.hpp"

namespace strata {

Tensors LstmCell::step(const Tensor& projected, const Tensors& state) const {
  const CellState next = lstm_cell(linear(state[0], recurrent(), bias_hh_, projected), state[1]);
  return {next.hidden, next.cell};
}

Cell::Sequence LstmCell::sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const {
  const bool fresh = state.empty();
  const RecurrentOutput out =
      lstm(as_compute(x), weights(), fresh ? Tensor() : state[0], fresh ? Tensor() : state[1], lengths, reverse);
  return {out.outputs, {out.hidden, out.cell}};
}

}  // namespace strata
