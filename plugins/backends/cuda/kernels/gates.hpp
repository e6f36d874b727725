// The arithmetic of one unit of an LSTM, a GRU and a plain recurrent network, forward and backward.
#pragma once

#include <cmath>

#include "kernels/grid.hpp"

namespace strata::cuda {

template <class C>
STRATA_BOTH C logistic(C x) {
  return C{1} / (C{1} + std::exp(-x));
}

// i, f, o after their sigmoid, g after its tanh.
template <class C>
struct LstmGates {
  C i, f, g, o;
};
template <class C>
STRATA_BOTH LstmGates<C> lstm_gates(C i, C f, C g, C o) {
  return {logistic(i), logistic(f), std::tanh(g), logistic(o)};
}
// c' = f c + i g
template <class C>
STRATA_BOTH C lstm_next(const LstmGates<C>& gates, C cell) {
  return gates.f * cell + gates.i * gates.g;
}
template <class C>
STRATA_BOTH C lstm_hidden(const LstmGates<C>& gates, C next) {
  return gates.o * std::tanh(next);
}

// Of the pre-activations, and of the cell before.
template <class C>
struct LstmGradient {
  C i, f, g, o, cell;
};
// dc = dc' + dh' o (1 - tanh(c')^2); gates: dc g i(1-i), dc c f(1-f), dc i (1-g^2), dh' tanh(c') o(1-o); cell: dc f.
template <class C>
STRATA_BOTH LstmGradient<C> lstm_gradient(const LstmGates<C>& gates, C cell, C next, C d_hidden, C d_next) {
  const auto [i, f, g, o] = gates;
  const C t = std::tanh(next), d_cell = d_next + d_hidden * o * (C{1} - t * t);
  return {d_cell * g * (i - i * i), d_cell * cell * (f - f * f), d_cell * i * (C{1} - g * g),
          d_hidden * t * (o - o * o), d_cell * f};
}

// r, z after their sigmoid, n after its tanh, and the state's part of n before r scales it.
template <class C>
struct GruGates {
  C r, z, n, h_n;
};
template <class C>
STRATA_BOTH GruGates<C> gru_gates(C r, C z, C x_n, C h_n) {
  const C reset = logistic(r);
  return {reset, logistic(z), std::tanh(x_n + reset * h_n), h_n};
}
// h' = n + z (h - n)
template <class C>
STRATA_BOTH C gru_hidden(const GruGates<C>& gates, C hidden) {
  return gates.n + gates.z * (hidden - gates.n);
}

// Of the pre-activations (n: of the input's part, h_n: of the state's), and of the state before without its product.
template <class C>
struct GruGradient {
  C r, z, n, h_n, hidden;
};
// n: dh' (1-z) (1-n^2); z: dh' (h-n) z(1-z); r: dn h_n r(1-r); h_n: dn r; h: dh' z.
template <class C>
STRATA_BOTH GruGradient<C> gru_gradient(const GruGates<C>& gates, C hidden, C d_hidden) {
  const auto [r, z, n, h_n] = gates;
  const C d_n = d_hidden * (C{1} - z) * (C{1} - n * n);
  return {d_n * h_n * (r - r * r), d_hidden * (hidden - n) * (z - z * z), d_n, d_n * r, d_hidden * z};
}

}  // namespace strata::cuda
