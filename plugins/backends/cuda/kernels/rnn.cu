// rnn over a sequence (see recurrence.hpp). RnnBackward reads y, and nothing is kept.
#include <cmath>

#include "kernels/recurrence.hpp"

namespace strata::cuda {
namespace {

constexpr int kLengths = kH0 + 1;

// One step of unit (b, j).
template <class T>
struct RnnForward {
  using C = Compute<T>;
  Steps steps;
  const T* gates;           // the input's part, [B*T, H]
  T *y, *hidden;            // [B*T, H], [B, H]
  const C *product, *bias;  // [B, H] or null, [H] or null
  std::int64_t step;
  STRATA_BOTH void operator()(std::int64_t unit) const {
    const std::int64_t width = steps.hidden;
    const auto [b, j] = in_rows(unit, width);
    const std::int64_t length = steps.length(b), at = steps.at(b, step, length);
    if (step >= length) {
      y[at * width + j] = T{};
      return;
    }
    C in = widened(gates[at * width + j]);
    if (product != nullptr) in += product[unit];
    if (bias != nullptr) in += bias[j];
    y[at * width + j] = hidden[unit] = narrowed<T>(std::tanh(in));
  }
};

template <class T>
struct RnnBackward {
  using C = Compute<T>;
  Steps steps;
  const T *y, *dy, *last_hidden;  // the last two may be null
  const C* d_hidden;              // [B, H] that the step behind this one gave
  T *d_gates, *step_gates;        // [B*T, H]; of this step [B, H]
  std::int64_t step;
  STRATA_BOTH void operator()(std::int64_t unit) const {
    const std::int64_t width = steps.hidden;
    const auto [b, j] = in_rows(unit, width);
    const std::int64_t length = steps.length(b), at = steps.at(b, step, length) * width + j;
    C gradient{0};
    if (step < length) {
      if (step + 1 < length) {
        gradient = d_hidden[unit];
      } else if (last_hidden != nullptr) {
        gradient = widened(last_hidden[unit]);
      }
      if (dy != nullptr) gradient += widened(dy[at]);
      const C out = widened(y[at]);
      gradient *= C{1} - out * out;
    }
    d_gates[at] = step_gates[unit] = narrowed<T>(gradient);
  }
};

void forward(const KernelCall& call) {
  const Recurrence r(call, 1, "rnn");
  const std::int64_t hidden = r.steps.hidden;
  const View gates = r.room(r.dtype, r.rows(), hidden), &y = call.outputs[0], &state = call.outputs[1];
  r.multiply(r.x(), turned(r.weight(kWeightIh)), gates, false);
  r.begin(kH0, state);
  const void* bias = r.biases(1);
  with_floating(r.dtype, [&](auto t) {
    using T = decltype(t);
    using C = Compute<T>;
    RnnForward<T> step{r.steps, gates.as<T>(), y.as<T>(), state.as<T>(), nullptr, static_cast<const C*>(bias), 0};
    r.run(step, state);
  });
}

void backward(const BackwardCall& call) {
  const Recurrence r(call, 1, "rnn");
  const std::int64_t batch = r.steps.batch, hidden = r.steps.hidden;
  const View *to = call.input_gradients, dy = r.gradient(call.output_gradients[0]),
             last_hidden = r.gradient(call.output_gradients[1]);
  const View d_gates = r.room(r.dtype, r.rows(), hidden), step_gates = r.room(r.dtype, batch, hidden),
             d_hidden = r.room(r.wide, batch, hidden);
  with_floating(r.dtype, [&](auto t) {
    using T = decltype(t);
    using C = Compute<T>;
    RnnBackward<T> step{r.steps,          call.outputs[0].as<T>(), data_of<T>(dy),     data_of<T>(last_hidden),
                        d_hidden.as<C>(), d_gates.as<T>(),         step_gates.as<T>(), r.steps.time - 1};
    r.run_back(step, step_gates, d_hidden, false, to[kH0].present());
  });
  if (to[kH0].present()) store_state_gradient(r, d_hidden, last_hidden, to[kH0]);
  close_backward(call, r, d_gates, d_gates);
}

}  // namespace

void add_rnn(Rows& rows) { rows.push_back(recurrent_row("rnn", forward, backward, 1U << kLengths)); }

}  // namespace strata::cuda
