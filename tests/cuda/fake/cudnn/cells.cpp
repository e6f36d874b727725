#include "cuda/fake/cudnn/cells.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace fake::cudnn {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

void keep(double* kept, std::initializer_list<double> numbers) { std::copy(numbers.begin(), numbers.end(), kept); }

State lstm_forward(const Sums& s, const State& before, double* kept) {
  const auto sum = [&s](int k) { return s.input[k] + s.recurrent[k]; };
  const double i = sigmoid(sum(0)), f = sigmoid(sum(1)), candidate = std::tanh(sum(2)), o = sigmoid(sum(3));
  keep(kept, {i, f, candidate, o, before.cell});
  const double cell = f * before.cell + i * candidate;
  return {o * std::tanh(cell), cell};
}

State lstm_backward(const State& after, double* kept) {
  const double i = kept[0], f = kept[1], candidate = kept[2], o = kept[3], before = kept[4];
  const double tanh_cell = std::tanh(f * before + i * candidate);
  const double d_cell = after.cell + after.hidden * o * (1 - tanh_cell * tanh_cell);
  keep(kept, {d_cell * candidate * i * (1 - i), d_cell * before * f * (1 - f), d_cell * i * (1 - candidate * candidate),
              after.hidden * tanh_cell * o * (1 - o)});
  return {0, d_cell * f};
}

State gru_forward(const Sums& s, const State& before, double* kept) {
  const double r = sigmoid(s.input[0] + s.recurrent[0]), i = sigmoid(s.input[1] + s.recurrent[1]);
  const double candidate = std::tanh(s.input[2] + r * s.recurrent[2]);
  keep(kept, {r, i, candidate, s.recurrent[2]});
  return {(1 - i) * candidate + i * before.hidden, 0};
}

State gru_backward(const State& after, double hidden, double* kept) {
  const double r = kept[0], i = kept[1], candidate = kept[2], recurrent = kept[3];
  const double d_candidate = after.hidden * (1 - i) * (1 - candidate * candidate);
  keep(kept, {d_candidate * recurrent * r * (1 - r), after.hidden * (hidden - candidate) * i * (1 - i), d_candidate,
              d_candidate * r});
  return {after.hidden * i, 0};
}

State rnn_forward(const Sums& s, double* kept) {
  kept[0] = std::tanh(s.input[0] + s.recurrent[0]);
  return {kept[0], 0};
}

State rnn_backward(const State& after, double* kept) {
  kept[0] = after.hidden * (1 - kept[0] * kept[0]);
  return {0, 0};
}

}  // namespace

std::size_t recurrent_place(cudnnRNNMode_t mode, std::size_t k) { return mode == CUDNN_GRU && k == 2 ? 3 : k; }

State unit_forward(cudnnRNNMode_t mode, const Sums& sums, const State& before, double* kept) {
  if (mode == CUDNN_LSTM) return lstm_forward(sums, before, kept);
  return mode == CUDNN_GRU ? gru_forward(sums, before, kept) : rnn_forward(sums, kept);
}

State unit_backward(cudnnRNNMode_t mode, const State& after, double hidden, double* kept) {
  if (mode == CUDNN_LSTM) return lstm_backward(after, kept);
  return mode == CUDNN_GRU ? gru_backward(after, hidden, kept) : rnn_backward(after, kept);
}

}  // namespace fake::cudnn
