// Shapes, states and closing products of the recurrent ops.
#include "ops/recurrence.hpp"

namespace strata::onednn {
namespace {

bool state_fits(const View& state) { return vector_dtype(state.dtype) && state.rank == 2; }

// h before each step, [B*T, H]: the output one step earlier in the row's direction, or the initial state.
Matrix previous_states(const BackwardCall& call, const Recurrence& r, int h0, Workspace& workspace) {
  const std::int64_t h = r.hidden, bytes = h * r.element;
  auto* out = workspace.take<unsigned char>(r.batch * r.time * bytes);
  auto* first = workspace.take<unsigned char>(r.batch * bytes);
  initial_state(call, h0, r, first);
  const auto* outputs = call.outputs[0].as<const unsigned char>();
  parallel_for(0, r.batch, grain_of(r.time * h), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      unsigned char* to = out + b * r.time * bytes;
      const unsigned char* from = outputs + b * r.time * bytes;
      const std::int64_t n = r.length(b);
      std::memset(to + n * bytes, 0, static_cast<std::size_t>((r.time - n) * bytes));
      if (n == 0) continue;
      const auto shifted = static_cast<std::size_t>((n - 1) * bytes);
      std::memcpy(r.reverse ? to : to + bytes, r.reverse ? from + bytes : from, shifted);
      std::memcpy(r.reverse ? to + shifted : to, first + b * bytes, static_cast<std::size_t>(bytes));
    }
  });
  return dense(out, r.dtype, r.batch * r.time, h);
}

}  // namespace

Recurrence::Recurrence(const View* inputs, std::int32_t count, const Attributes& attributes, int gates,
                       int lengths_input)
    : x(inputs), dtype(inputs[0].dtype) {
  batch = x->shape[0];
  time = x->shape[1];
  input = x->shape[2];
  hidden = inputs[1].shape[0] / gates;
  element = static_cast<std::int64_t>(size_of(dtype));
  reverse = attributes.flag("reverse");
  steps = time;
  if (given(inputs, count, lengths_input) && inputs[lengths_input].data != nullptr) {
    lengths = inputs[lengths_input].as<const std::int64_t>();
    lengths_stride = inputs[lengths_input].strides[0];
    steps = 0;
    for (std::int64_t b = 0; b < batch; ++b) steps = std::max(steps, length(b));
  }
}

Matrix Recurrence::input_rows(Workspace& workspace) const { return rows_of(densified(*x, workspace)); }

bool supports_recurrence(const KernelCall& call, int gates, int lengths_input, std::initializer_list<int> states) {
  const View &x = call.inputs[0], &w_ih = call.inputs[1], &w_hh = call.inputs[2];
  if (!product_dtype(x.dtype) || x.rank != 3 || x.numel() == 0) return false;
  for (const View* weight : {&w_ih, &w_hh}) {
    if (weight->rank != 2 || !weight->contiguous() || weight->numel() == 0) return false;
    if (weight->dtype != x.dtype && !(weight->dtype == DType::f32 && x.dtype == DType::bf16)) return false;
  }
  for (const int bias : {3, 4}) {
    if (given(call, bias) && !dense_vector(call.inputs[bias])) return false;
  }
  for (const int state : states) {
    if (given(call, state) && (!state_fits(call.inputs[state]) || call.inputs[state].stride(-1) != 1)) return false;
  }
  if (given(call, lengths_input) && call.inputs[lengths_input].dtype != DType::i64) return false;
  return w_ih.shape[0] % gates == 0 && call.outputs[0].dtype == x.dtype && call.outputs[1].dtype == x.dtype;
}

const float* bias_sum(const KernelCall& call, int a, int b, std::int64_t width, Workspace& workspace) {
  if (!given(call, a) && !given(call, b)) return nullptr;
  auto* out = workspace.take<float>(width);
  bool first = true;
  for (const int i : {a, b}) {
    if (!given(call, i)) continue;
    if (first) {
      vectors().convert[half(call.inputs[i])][0](call.inputs[i].data, out, width);
    } else {
      vectors().add_into[0][half(call.inputs[i])](out, call.inputs[i].data, width);
    }
    first = false;
  }
  return out;
}

void initial_state(const View* state, const Recurrence& r, DType dtype, void* to) {
  const std::int64_t h = r.hidden;
  if (state == nullptr) return fill_zero(to, r.batch * h * static_cast<std::int64_t>(size_of(dtype)));
  for (std::int64_t b = 0; b < r.batch; ++b) {
    vectors().convert[half(*state)][half(dtype)](bytes_at(state->data, b * state->strides[0], state->dtype),
                                                 bytes_at(to, b * h, dtype), h);
  }
}

float* given_gradient(const View& gradient, const Recurrence& r, Workspace& workspace) {
  if (!gradient.present()) return nullptr;
  const View dense_view = densified(gradient, workspace);
  auto* out = workspace.take<float>(r.batch * r.hidden);
  vectors().convert[half(gradient)][0](dense_view.data, out, r.batch * r.hidden);
  return out;
}

void clear_padding(const Recurrence& r, void* data, std::int64_t width) {
  if (r.lengths == nullptr) return;
  for (std::int64_t b = 0; b < r.batch; ++b) {
    const std::int64_t n = r.length(b);
    std::memset(bytes_at(data, (b * r.time + n) * width, r.dtype), 0,
                static_cast<std::size_t>((r.time - n) * width * r.element));
  }
}

void store_state_gradient(const Recurrence& r, const View& to, const float* dstate, const float* last_dh) {
  for (std::int64_t b = 0; b < r.batch; ++b) {
    void* at = bytes_at(to.data, b * r.hidden, to.dtype);
    const float* from = r.length(b) > 0 ? dstate + b * r.hidden : last_dh != nullptr ? last_dh + b * r.hidden : nullptr;
    if (from == nullptr) {
      std::memset(at, 0, static_cast<std::size_t>(r.hidden) * size_of(to.dtype));
    } else {
      vectors().convert[0][half(to)](from, at, r.hidden);
    }
  }
}

void input_gradients(const BackwardCall& call, const Recurrence& r, const Closing& closing) {
  Workspace& workspace = *call.workspace;
  const auto adding = [&](int i) {
    Epilogue epilogue;
    epilogue.accumulate = call.accumulate[i];
    return epilogue;
  };
  if (wanted(call, closing.x)) {
    multiply_by_weight(closing.x_gates, call.inputs[closing.weight_ih], WeightForm::as_is,
                       rows_of(call.input_gradients[closing.x]), adding(closing.x), workspace);
  }
  if (wanted(call, closing.weight_ih)) {
    multiply_over_rows(closing.x_gates, r.input_rows(workspace), rows_of(call.input_gradients[closing.weight_ih]),
                       adding(closing.weight_ih), workspace);
  }
  if (wanted(call, closing.weight_hh)) {
    multiply_over_rows(closing.h_gates, previous_states(call, r, closing.h0, workspace),
                       rows_of(call.input_gradients[closing.weight_hh]), adding(closing.weight_hh), workspace);
  }
  if (wanted(call, closing.bias_ih)) {
    sum_rows(closing.x_gates, call.input_gradients[closing.bias_ih], call.accumulate[closing.bias_ih], workspace);
  }
  if (wanted(call, closing.bias_hh)) {
    sum_rows(closing.h_gates, call.input_gradients[closing.bias_hh], call.accumulate[closing.bias_hh], workspace);
  }
}

}  // namespace strata::onednn
