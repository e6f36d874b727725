// What lstm and gru over a sequence share: the shape, lengths and direction, initial states, the closing products.
// Everything stays batch first; row (b, t) of a [B,T,*] tensor is at b * T + t.
#pragma once

#include <initializer_list>

#include "ops/rows.hpp"

namespace strata::onednn {

struct Recurrence {
  Recurrence(const View* inputs, std::int32_t count, const Attributes& attributes, int gates, int lengths_input);

  // Whether row b still runs at this step, and where in time that step lies.
  bool active(std::int64_t b, std::int64_t step) const { return step < length(b); }
  std::int64_t position(std::int64_t b, std::int64_t step) const { return reverse ? length(b) - 1 - step : step; }
  std::int64_t length(std::int64_t b) const {
    return lengths == nullptr ? time : std::clamp<std::int64_t>(lengths[b * lengths_stride], 0, time);
  }
  Matrix input_rows(Workspace& workspace) const;  // x as a dense matrix [B*T, I]

  const View* x;
  DType dtype;
  std::int64_t batch, time, input, hidden, steps, element;
  const std::int64_t* lengths = nullptr;
  std::int64_t lengths_stride = 0;
  bool reverse;
};

bool supports_recurrence(const KernelCall& call, int gates, int lengths_input, std::initializer_list<int> states);

// The sum of two optional biases as floats, or null.
const float* bias_sum(const KernelCall& call, int a, int b, std::int64_t width, Workspace& workspace);

// An optional initial state [B,H] (zeros when absent), in the sequence's dtype or as floats. Call: KernelCall,
// BackwardCall.
void initial_state(const View* state, const Recurrence& r, DType dtype, void* to);
template <class Call>
void initial_state(const Call& call, int input, const Recurrence& r, void* to) {
  initial_state(given(call.inputs, call.input_count, input) ? call.inputs + input : nullptr, r, r.dtype, to);
}
template <class Call>
void initial_floats(const Call& call, int input, const Recurrence& r, float* to) {
  initial_state(given(call.inputs, call.input_count, input) ? call.inputs + input : nullptr, r, DType::f32, to);
}

// A gradient [B,H] as floats that may be written to, or null when it is absent.
float* given_gradient(const View& gradient, const Recurrence& r, Workspace& workspace);

// Zeroes the rows [width] beyond each length.
void clear_padding(const Recurrence& r, void* data, std::int64_t width);

// Rows that ran take the gradient that came through step 0, rows of length 0 that of the last state.
void store_state_gradient(const Recurrence& r, const View& to, const float* dstate, const float* last_dh);

// Gradients of x, both weights and both biases from the gates' gradients of all steps.
struct Closing {
  Matrix x_gates, h_gates;  // [B*T, G]; the same for an lstm
  int x, weight_ih, weight_hh, bias_ih, bias_hh, h0;
};
void input_gradients(const BackwardCall& call, const Recurrence& r, const Closing& closing);

}  // namespace strata::onednn
