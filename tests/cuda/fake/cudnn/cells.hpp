// The arithmetic of one unit of a cell, as NVIDIA's documentation of cudnnRNNMode_t gives it; W x + b of gate k is
// input k, R h + b is recurrent k.
//   LSTM: i, f, c~, o are gates 0 to 3; c' = f c + i c~, h' = o tanh(c')
//   GRU: r, i, h~ are gates 0 to 2; h~ = tanh(W x + b_W + r (R h + b_R)), h' = (1 - i) h~ + i h
//   RNN: h' = tanh(W x + b_W + R h + b_R)
#pragma once

#include <cudnn.h>

#include <cstddef>

namespace fake::cudnn {

// Numbers that a unit keeps of a step. After forward: gates behind their activation, at 3 recurrent 2 of a GRU, at 4
// an LSTM's cell before. After backward: the gradients of input k at k, of recurrent k at recurrent_place(mode, k).
constexpr std::size_t kKept = 5;
std::size_t recurrent_place(cudnnRNNMode_t mode, std::size_t k);

struct Sums {
  double input[4], recurrent[4];
};

// Of a unit, or the gradients of these. All but an LSTM have no cell: it stays 0.
struct State {
  double hidden, cell;
};

// The state after a step.
State unit_forward(cudnnRNNMode_t mode, const Sums& sums, const State& before, double* kept);

// The gradients of the state before from those of the state after, but for what comes through R h. `hidden` is the
// state before.
State unit_backward(cudnnRNNMode_t mode, const State& after, double hidden, double* kept);

}  // namespace fake::cudnn
