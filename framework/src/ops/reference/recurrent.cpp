// Reference kernels of the recurrent ops, one row and one step at a time. Inputs of a sequence: x, weight_ih,
// weight_hh, bias_ih, bias_hh, h0, (lstm: c0,) lengths.
#include <algorithm>
#include <cmath>

#include "ops/reference/reference.hpp"

namespace strata::detail::reference {
namespace {

using Row = std::vector<double>;

// Row `row` of a matrix.
Row row_of(const Array& matrix, std::int64_t row) {
  const auto first = matrix.values.begin() + row * matrix.size(-1);
  return {first, first + matrix.size(-1)};
}

// weight x + bias
Row product(const Array& weight, const Row& x, const Array& bias) {
  Row y(static_cast<std::size_t>(weight.size(0)), 0.0);
  for (std::int64_t o = 0; o < weight.size(0); ++o) {
    double total = bias.given() ? bias.at(o) : 0;
    for (std::int64_t i = 0; i < weight.size(1); ++i) total += weight.at(o, i) * x[static_cast<std::size_t>(i)];
    y[static_cast<std::size_t>(o)] = total;
  }
  return y;
}

// gates i,f,g,o: c' = s(f) c + s(i) tanh(g), h' = s(o) tanh(c'); cell is changed, h' returned.
Row lstm_step(const Row& gates, Row& cell) {
  const std::size_t n = cell.size();
  Row hidden(n);
  for (std::size_t j = 0; j < n; ++j) {
    cell[j] = sigmoid(gates[n + j]) * cell[j] + sigmoid(gates[j]) * std::tanh(gates[2 * n + j]);
    hidden[j] = sigmoid(gates[3 * n + j]) * std::tanh(cell[j]);
  }
  return hidden;
}

// gates r,z,n: n = tanh(x_n + r h_n), h' = (1 - z) n + z h
Row gru_step(const Row& x, const Row& h, const Row& hidden) {
  const std::size_t n = hidden.size();
  Row next(n);
  for (std::size_t j = 0; j < n; ++j) {
    const double r = sigmoid(x[j] + h[j]), z = sigmoid(x[n + j] + h[n + j]);
    next[j] = (1 - z) * std::tanh(x[2 * n + j] + r * h[2 * n + j]) + z * hidden[j];
  }
  return next;
}

struct State {
  Row hidden, cell;
};

// step(products of x and of h with their biases, state) changes the state.
template <class Step>
void sequence(const KernelCall& call, bool has_cell, const Step& step) {
  const Array x = load(call.inputs[0]), weight_ih = load(call.inputs[1]), weight_hh = load(call.inputs[2]);
  const Array bias_ih = load(call.inputs[3]), bias_hh = load(call.inputs[4]), h0 = load(call.inputs[5]);
  const Array c0 = has_cell ? load(call.inputs[6]) : Array(), lengths = load(call.inputs[has_cell ? 7 : 6]);
  const std::int64_t time = x.size(1), width = weight_hh.size(1);
  Array y = like(call.outputs[0]), h_n = like(call.outputs[1]), c_n = h_n;
  for (std::int64_t b = 0; b < x.size(0); ++b) {
    const Row zeros(static_cast<std::size_t>(width), 0.0);
    State state{h0.given() ? row_of(h0, b) : zeros, has_cell && c0.given() ? row_of(c0, b) : zeros};
    const std::int64_t length =
        lengths.given() ? std::clamp<std::int64_t>(static_cast<std::int64_t>(lengths.at(b)), 0, time) : time;
    for (std::int64_t n = 0; n < length; ++n) {
      const std::int64_t t = call.attributes.flag("reverse") ? length - 1 - n : n;
      step(product(weight_ih, row_of(x, b * time + t), bias_ih), product(weight_hh, state.hidden, bias_hh), state);
      for (std::int64_t j = 0; j < width; ++j) y.at(b, t, j) = state.hidden[static_cast<std::size_t>(j)];
    }
    for (std::int64_t j = 0; j < width; ++j) {
      h_n.at(b, j) = state.hidden[static_cast<std::size_t>(j)];
      c_n.at(b, j) = state.cell[static_cast<std::size_t>(j)];
    }
  }
  store(call.outputs[0], y);
  store(call.outputs[1], h_n);
  if (has_cell) store(call.outputs[2], c_n);
}

Row sum_of(const Row& a, const Row& b) {
  Row total = a;
  for (std::size_t i = 0; i < b.size(); ++i) total[i] += b[i];
  return total;
}

void lstm(const KernelCall& call) {
  sequence(call, true,
           [](const Row& x, const Row& h, State& state) { state.hidden = lstm_step(sum_of(x, h), state.cell); });
}
void gru(const KernelCall& call) {
  sequence(call, false, [](const Row& x, const Row& h, State& state) { state.hidden = gru_step(x, h, state.hidden); });
}
void rnn(const KernelCall& call) {
  sequence(call, false, [](const Row& x, const Row& h, State& state) {
    state.hidden = sum_of(x, h);
    for (double& value : state.hidden) value = std::tanh(value);
  });
}

void put_row(Array& matrix, std::int64_t row, const Row& values) {
  std::copy(values.begin(), values.end(), matrix.values.begin() + row * matrix.size(-1));
}

void lstm_cell(const KernelCall& call) {
  const Array gates = load(call.inputs[0]), cell = load(call.inputs[1]);
  Array hidden = like(call.outputs[0]), next = like(call.outputs[1]);
  for (std::int64_t row = 0; row < cell.rows(); ++row) {
    Row state = row_of(cell, row);
    put_row(hidden, row, lstm_step(row_of(gates, row), state));
    put_row(next, row, state);
  }
  store(call.outputs[0], hidden);
  store(call.outputs[1], next);
}

void gru_cell(const KernelCall& call) {
  const Array x = load(call.inputs[0]), h = load(call.inputs[1]), hidden = load(call.inputs[2]);
  Array next = like(call.outputs[0]);
  for (std::int64_t row = 0; row < hidden.rows(); ++row) {
    put_row(next, row, gru_step(row_of(x, row), row_of(h, row), row_of(hidden, row)));
  }
  store(call.outputs[0], next);
}

}  // namespace

void add_recurrent(KernelRows& rows) {
  rows.push_back(reference_row("lstm_cell", lstm_cell));
  rows.push_back(reference_row("gru_cell", gru_cell));
  rows.push_back(reference_row("lstm", lstm));
  rows.push_back(reference_row("gru", gru));
  rows.push_back(reference_row("rnn", rnn));
}

}  // namespace strata::detail::reference
