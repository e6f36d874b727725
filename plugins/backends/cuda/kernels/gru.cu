// gru over a sequence, reset after the product (see recurrence.hpp). Kept for backward: r, z, n and the state's part of
// n.
#include "kernels/gates.hpp"
#include "kernels/recurrence.hpp"

namespace strata::cuda {
namespace {

constexpr int kLengths = kH0 + 1, kGates = 3;

// One step of unit (b, j).
template <class T>
struct GruForward {
  using C = Compute<T>;
  Steps steps;
  const T* gates;           // the input's part, [B*T, 3H]
  T *y, *hidden, *kept;     // [B*T, H], [B, H], [B*T, 4H] or null
  const C *product, *bias;  // [B, 3H] or null; of r, z, x's n and the state's n [4H], or null
  std::int64_t step;
  STRATA_BOTH void operator()(std::int64_t unit) const {
    const std::int64_t width = steps.hidden;
    const auto [b, j] = in_rows(unit, width);
    const std::int64_t length = steps.length(b), at = steps.at(b, step, length);
    if (step >= length) {
      y[at * width + j] = T{};
      return;
    }
    const T* own = gates + at * 3 * width + j;
    C in[4] = {widened(own[0]), widened(own[width]), widened(own[2 * width]), C{0}};
    if (product != nullptr) {
      const C* add = product + b * 3 * width + j;
      in[0] += add[0];
      in[1] += add[width];
      in[3] += add[2 * width];
    }
    if (bias != nullptr) {
      for (int k = 0; k < 4; ++k) in[k] += bias[k * width + j];
    }
    const auto activated = gru_gates(in[0], in[1], in[2], in[3]);
    const T out = narrowed<T>(gru_hidden(activated, widened(hidden[unit])));
    hidden[unit] = out;
    y[at * width + j] = out;
    if (kept == nullptr) return;
    T* keep = kept + at * 4 * width + j;
    keep[0] = narrowed<T>(activated.r);
    keep[width] = narrowed<T>(activated.z);
    keep[2 * width] = narrowed<T>(activated.n);
    keep[3 * width] = narrowed<T>(activated.h_n);
  }
};

template <class T>
struct GruBackward {
  using C = Compute<T>;
  Steps steps;
  const T *kept, *y, *first_hidden, *dy, *last_hidden;  // the last three may be null
  C* d_hidden;  // [B, H]: what the step behind this one gave; then this one's, but for its product, which is added
  T *dx_gates, *dh_gates, *step_gates;  // [B*T, 3H] both; the second one of this step, [B, 3H]
  std::int64_t step;
  STRATA_BOTH void operator()(std::int64_t unit) const {
    const std::int64_t width = steps.hidden;
    const auto [b, j] = in_rows(unit, width);
    const std::int64_t length = steps.length(b), at = steps.at(b, step, length);
    T *dx = dx_gates + at * 3 * width + j, *dh = dh_gates + at * 3 * width + j, *copy = step_gates + b * 3 * width + j;
    if (step >= length) {
      d_hidden[unit] = C{0};
      for (int k = 0; k < 3; ++k) dx[k * width] = dh[k * width] = copy[k * width] = T{};
      return;
    }
    const T* own = kept + at * 4 * width + j;
    const GruGates<C> activated{widened(own[0]), widened(own[width]), widened(own[2 * width]), widened(own[3 * width])};
    C before{0}, gradient{0};
    if (step > 0) {
      before = widened(y[steps.before(at) * width + j]);
    } else if (first_hidden != nullptr) {
      before = widened(first_hidden[unit]);
    }
    if (step + 1 < length) {
      gradient = d_hidden[unit];
    } else if (last_hidden != nullptr) {
      gradient = widened(last_hidden[unit]);
    }
    if (dy != nullptr) gradient += widened(dy[at * width + j]);
    const auto d = gru_gradient(activated, before, gradient);
    d_hidden[unit] = d.hidden;
    dx[0] = dh[0] = copy[0] = narrowed<T>(d.r);
    dx[width] = dh[width] = copy[width] = narrowed<T>(d.z);
    dx[2 * width] = narrowed<T>(d.n);
    dh[2 * width] = copy[2 * width] = narrowed<T>(d.h_n);
  }
};

std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const Recurrence r(call, kGates, "gru");
  out[0] = {r.dtype, 3, {r.steps.batch, r.steps.time, 4 * r.steps.hidden}};
  return 1;
}

void forward(const KernelCall& call) {
  const Recurrence r(call, kGates, "gru");
  const std::int64_t hidden = r.steps.hidden;
  const View gates = r.room(r.dtype, r.rows(), 3 * hidden), &y = call.outputs[0], &state = call.outputs[1];
  r.multiply(r.x(), turned(r.weight(kWeightIh)), gates, false);
  r.begin(kH0, state);
  const void* bias = r.biases(2);
  with_floating(r.dtype, [&](auto t) {
    using T = decltype(t);
    using C = Compute<T>;
    GruForward<T> step{r.steps,
                       gates.as<T>(),
                       y.as<T>(),
                       state.as<T>(),
                       call.extra_count > 0 ? call.extras[0].as<T>() : nullptr,
                       nullptr,
                       static_cast<const C*>(bias),
                       0};
    r.run(step, state);
  });
}

void backward(const BackwardCall& call) {
  const Recurrence r(call, kGates, "gru");
  const std::int64_t batch = r.steps.batch, hidden = r.steps.hidden;
  const View *to = call.input_gradients, first_hidden = r.state(kH0), dy = r.gradient(call.output_gradients[0]),
             last_hidden = r.gradient(call.output_gradients[1]);
  const View dx_gates = r.room(r.dtype, r.rows(), 3 * hidden), dh_gates = r.room(r.dtype, r.rows(), 3 * hidden),
             step_gates = r.room(r.dtype, batch, 3 * hidden), d_hidden = r.room(r.wide, batch, hidden);
  with_floating(r.dtype, [&](auto t) {
    using T = decltype(t);
    using C = Compute<T>;
    GruBackward<T> step{r.steps,          call.extras[0].as<T>(),  call.outputs[0].as<T>(), data_of<T>(first_hidden),
                        data_of<T>(dy),   data_of<T>(last_hidden), d_hidden.as<C>(),        dx_gates.as<T>(),
                        dh_gates.as<T>(), step_gates.as<T>(),      r.steps.time - 1};
    r.run_back(step, step_gates, d_hidden, true, to[kH0].present());
  });
  if (to[kH0].present()) store_state_gradient(r, d_hidden, last_hidden, to[kH0]);
  close_backward(call, r, dx_gates, dh_gates);
}

}  // namespace

void add_gru(Rows& rows) {
  KernelRow row = recurrent_row("gru", forward, backward, 1U << kLengths);
  row.extras = extras;
  rows.push_back(row);
}

}  // namespace strata::cuda
