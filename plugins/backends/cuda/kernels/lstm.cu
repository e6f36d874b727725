// lstm over a sequence (see recurrence.hpp). Kept for backward: the gates after their activation, and all cells.
#include "kernels/gates.hpp"
#include "kernels/recurrence.hpp"

namespace strata::cuda {
namespace {

constexpr int kC0 = kH0 + 1, kLengths = kC0 + 1, kGates = 4;

// One step of unit (b, j). The gates of the step come in as the input's part, and leave activated where cells are kept.
template <class T>
struct LstmForward {
  using C = Compute<T>;
  Steps steps;
  T *gates, *y, *hidden;    // [B*T, 4H], [B*T, H], [B, H]
  C *cell, *cells;          // [B, H]; [B*T, H] or null
  const C *product, *bias;  // [B, 4H] or null, [4H] or null
  std::int64_t step;
  STRATA_BOTH void operator()(std::int64_t unit) const {
    const std::int64_t width = steps.hidden;
    const auto [b, j] = in_rows(unit, width);
    const std::int64_t length = steps.length(b), at = steps.at(b, step, length);
    if (step >= length) {
      y[at * width + j] = T{};
      return;
    }
    T* own = gates + at * 4 * width + j;
    C in[4];
    for (int k = 0; k < 4; ++k) {
      in[k] = widened(own[k * width]);
      if (product != nullptr) in[k] += product[(b * 4 + k) * width + j];
      if (bias != nullptr) in[k] += bias[k * width + j];
    }
    const auto activated = lstm_gates(in[0], in[1], in[2], in[3]);
    const C next = lstm_next(activated, cell[unit]);
    const T out = narrowed<T>(lstm_hidden(activated, next));
    cell[unit] = next;
    hidden[unit] = out;
    y[at * width + j] = out;
    if (cells == nullptr) return;
    cells[at * width + j] = next;
    own[0] = narrowed<T>(activated.i);
    own[width] = narrowed<T>(activated.f);
    own[2 * width] = narrowed<T>(activated.g);
    own[3 * width] = narrowed<T>(activated.o);
  }
};

template <class T>
struct LstmBackward {
  using C = Compute<T>;
  Steps steps;
  const T* gates;
  const C *cells, *first_cell;  // first_cell, dy and the two of the last states may be null
  const T *dy, *last_hidden;
  const C* last_cell;
  const C* d_hidden;  // [B, H] that the step behind this one gave
  C* d_cell;
  T *d_gates, *step_gates;  // [B*T, 4H]; this step's [B, 4H], dense for the product
  std::int64_t step;
  STRATA_BOTH void operator()(std::int64_t unit) const {
    const std::int64_t width = steps.hidden;
    const auto [b, j] = in_rows(unit, width);
    const std::int64_t length = steps.length(b), at = steps.at(b, step, length);
    T *to = d_gates + at * 4 * width + j, *copy = step_gates + b * 4 * width + j;
    if (step >= length) {
      for (int k = 0; k < 4; ++k) to[k * width] = copy[k * width] = T{};
      return;
    }
    const T* own = gates + at * 4 * width + j;
    const LstmGates<C> activated{widened(own[0]), widened(own[width]), widened(own[2 * width]),
                                 widened(own[3 * width])};
    C before{0}, dh{0}, dc{0};
    if (step > 0) {
      before = cells[steps.before(at) * width + j];
    } else if (first_cell != nullptr) {
      before = first_cell[unit];
    }
    if (step + 1 < length) {
      dh = d_hidden[unit];
      dc = d_cell[unit];
    } else {
      if (last_hidden != nullptr) dh = widened(last_hidden[unit]);
      if (last_cell != nullptr) dc = last_cell[unit];
    }
    if (dy != nullptr) dh += widened(dy[at * width + j]);
    const auto d = lstm_gradient(activated, before, cells[at * width + j], dh, dc);
    d_cell[unit] = d.cell;
    to[0] = copy[0] = narrowed<T>(d.i);
    to[width] = copy[width] = narrowed<T>(d.f);
    to[2 * width] = copy[2 * width] = narrowed<T>(d.g);
    to[3 * width] = copy[3 * width] = narrowed<T>(d.o);
  }
};

std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const Recurrence r(call, kGates, "lstm");
  out[0] = {r.dtype, 3, {r.steps.batch, r.steps.time, 4 * r.steps.hidden}};
  out[1] = {r.wide, 3, {r.steps.batch, r.steps.time, r.steps.hidden}};
  return 2;
}

void forward(const KernelCall& call) {
  const Recurrence r(call, kGates, "lstm");
  const std::int64_t hidden = r.steps.hidden;
  const bool keeps = call.extra_count > 0;
  const View gates =
      keeps ? dense_matrix(call.extras[0].data, r.dtype, r.rows(), 4 * hidden) : r.room(r.dtype, r.rows(), 4 * hidden);
  const View &y = call.outputs[0], &state = call.outputs[1], &cell = call.outputs[2];
  r.multiply(r.x(), turned(r.weight(kWeightIh)), gates, false);
  r.begin(kH0, state);
  r.begin(kC0, cell);
  const void* bias = r.biases(kGates);
  with_floating(r.dtype, [&](auto t) {
    using T = decltype(t);
    using C = Compute<T>;
    LstmForward<T> step{r.steps,
                        gates.as<T>(),
                        y.as<T>(),
                        state.as<T>(),
                        cell.as<C>(),
                        keeps ? call.extras[1].as<C>() : nullptr,
                        nullptr,
                        static_cast<const C*>(bias),
                        0};
    r.run(step, state);
  });
}

void backward(const BackwardCall& call) {
  const Recurrence r(call, kGates, "lstm");
  const std::int64_t batch = r.steps.batch, hidden = r.steps.hidden;
  const View *to = call.input_gradients, first_cell = r.state(kC0), dy = r.gradient(call.output_gradients[0]),
             last_hidden = r.gradient(call.output_gradients[1]), last_cell = r.gradient(call.output_gradients[2]);
  const View d_gates = r.room(r.dtype, r.rows(), 4 * hidden), step_gates = r.room(r.dtype, batch, 4 * hidden),
             d_hidden = r.room(r.wide, batch, hidden), d_cell = r.room(r.wide, batch, hidden);
  with_floating(r.dtype, [&](auto t) {
    using T = decltype(t);
    using C = Compute<T>;
    LstmBackward<T> step{r.steps,        call.extras[0].as<T>(),  call.extras[1].as<C>(), data_of<C>(first_cell),
                         data_of<T>(dy), data_of<T>(last_hidden), data_of<C>(last_cell),  d_hidden.as<C>(),
                         d_cell.as<C>(), d_gates.as<T>(),         step_gates.as<T>(),     r.steps.time - 1};
    r.run_back(step, step_gates, d_hidden, false, to[kH0].present());
  });
  if (to[kH0].present()) store_state_gradient(r, d_hidden, last_hidden, to[kH0]);
  if (to[kC0].present()) store_state_gradient(r, d_cell, last_cell, to[kC0]);
  close_backward(call, r, d_gates, d_gates);
}

}  // namespace

void add_lstm(Rows& rows) {
  KernelRow row = recurrent_row("lstm", forward, backward, 1U << kC0 | 1U << kLengths);
  row.extras = extras;
  rows.push_back(row);
}

}  // namespace strata::cuda
