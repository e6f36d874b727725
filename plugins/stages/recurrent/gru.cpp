// Gated recurrent unit (Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014), in the form
// that resets after the product: n = tanh(x_n + r * (U h + b)); h' = (1 - z) n + z h.
#include "cells.hpp"

namespace strata {

Tensors GruCell::step(const Tensor& projected, const Tensors& state) const {
  return {gru_cell(projected, linear(state[0], recurrent(), bias_hh_), state[0])};
}

Cell::Sequence GruCell::sequence(const Tensor& x, const Tensors& state, const Tensor& lengths, bool reverse) const {
  const RecurrentOutput out = gru(as_compute(x), weights(), state.empty() ? Tensor() : state[0], lengths, reverse);
  return {out.outputs, {out.hidden}};
}

}  // namespace strata
