// gru over a sequence, reset after the product; built as lstm is.
#include "ops/recurrence.hpp"

namespace strata::onednn {
namespace {

enum Input { kX, kWeightIh, kWeightHh, kBiasIh, kBiasHh, kH0, kLengths };

bool supports(const KernelCall& call) { return supports_recurrence(call, 3, kLengths, {kH0}); }

std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const Recurrence r(call.inputs, call.input_count, call.attributes, 3, kLengths);
  out[0] = {r.dtype, 3, {r.batch, r.time, 4 * r.hidden}};  // r, z, n and the state's part of n
  return 1;
}

void forward(const KernelCall& call) {
  const Recurrence r(call.inputs, call.input_count, call.attributes, 3, kLengths);
  Workspace& workspace = *call.workspace;
  const std::int64_t h = r.hidden, bt = r.batch * r.time;
  void* kept = call.extra_count > 0 ? call.extras[0].data : nullptr;
  auto* gates = workspace.take<unsigned char>(bt * 3 * h * r.element);
  const View &outputs = call.outputs[0], &last_hidden = call.outputs[1];
  Epilogue epilogue;
  epilogue.bias = bias_sum(call, kBiasIh, -1, 3 * h, workspace);
  multiply_by_weight(r.input_rows(workspace), call.inputs[kWeightIh], WeightForm::transposed,
                     dense(gates, r.dtype, bt, 3 * h), epilogue, workspace);

  auto* state = workspace.take<unsigned char>(r.batch * h * r.element);
  initial_state(call, kH0, r, state);
  auto* recurrent = workspace.take<float>(r.batch * 3 * h);
  const float* bias = bias_sum(call, -1, kBiasHh, 3 * h, workspace);
  const ReadyWeight weight(call.inputs[kWeightHh], WeightForm::transposed, {r.batch, r.dtype, DType::f32, false, bias},
                           workspace);
  const auto step_row = vectors().gru[half(r.dtype)][0];
  for (std::int64_t step = 0; step < r.steps; ++step) {
    weight.multiply(state, recurrent);
    parallel_for(0, r.batch, grain_of(h * 12), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t b = first; b < last; ++b) {
        if (!r.active(b, step)) continue;
        const std::int64_t at = b * r.time + r.position(b, step);
        void* own = bytes_at(state, b * h, r.dtype);
        step_row({bytes_at(gates, at * 3 * h, r.dtype), recurrent + b * 3 * h, own,
                  bytes_at(outputs.data, at * h, r.dtype), own,
                  kept != nullptr ? bytes_at(kept, at * 4 * h, r.dtype) : nullptr, h});
      }
    });
  }
  clear_padding(r, outputs.data, h);
  std::memcpy(last_hidden.data, state, static_cast<std::size_t>(r.batch * h * r.element));
}

void backward(const BackwardCall& call) {
  const Recurrence r(call.inputs, call.input_count, call.attributes, 3, kLengths);
  Workspace& workspace = *call.workspace;
  const std::int64_t h = r.hidden, bt = r.batch * r.time;
  const void* kept = call.extras[0].data;
  const bool has_dy = call.output_gradients[0].present();
  const View dy = has_dy ? densified(call.output_gradients[0], workspace) : View{};
  float* last_dh = given_gradient(call.output_gradients[1], r, workspace);
  auto* dx_gates = workspace.take<unsigned char>(bt * 3 * h * r.element);
  auto* dh_gates = workspace.take<unsigned char>(bt * 3 * h * r.element);
  auto* step_gates = workspace.take<unsigned char>(r.batch * 3 * h * r.element);
  auto* dstate = workspace.take<float>(r.batch * h);
  auto* first_hidden = workspace.take<unsigned char>(r.batch * h * r.element);
  initial_state(call, kH0, r, first_hidden);
  if (last_dh != nullptr) {
    std::memcpy(dstate, last_dh, static_cast<std::size_t>(r.batch * h) * sizeof(float));
  } else {
    fill_zero(dstate, r.batch * h * 4);
  }
  // The product adds to z times dh', which the row leaves in dstate; rows that have not begun add zero.
  const ReadyWeight weight(call.inputs[kWeightHh], WeightForm::as_is, {r.batch, r.dtype, DType::f32, true, nullptr},
                           workspace);
  const auto step_row = vectors().gru_backward[half(r.dtype)][half(r.dtype)];
  clear_padding(r, dx_gates, 3 * h);
  clear_padding(r, dh_gates, 3 * h);
  fill_zero(step_gates, r.batch * 3 * h * r.element);
  const bool first_state = call.input_count > kH0 && wanted(call, kH0);
  const auto* outputs = call.outputs[0].data;
  for (std::int64_t step = r.steps - 1; step >= 0; --step) {
    parallel_for(0, r.batch, grain_of(h * 12), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t b = first; b < last; ++b) {
        if (!r.active(b, step)) continue;
        const std::int64_t at = b * r.time + r.position(b, step);
        const void* before = step > 0 ? bytes_at(outputs, (at + (r.reverse ? 1 : -1)) * h, r.dtype)
                                      : bytes_at(first_hidden, b * h, r.dtype);
        step_row({bytes_at(kept, at * 4 * h, r.dtype), before, has_dy ? bytes_at(dy.data, at * h, r.dtype) : nullptr,
                  dstate + b * h, bytes_at(dx_gates, at * 3 * h, r.dtype), bytes_at(dh_gates, at * 3 * h, r.dtype),
                  bytes_at(step_gates, b * 3 * h, r.dtype), h});
      }
    });
    if (step > 0 || first_state) weight.multiply(step_gates, dstate);
  }
  if (first_state)
    vectors().convert[0][half(call.input_gradients[kH0])](dstate, call.input_gradients[kH0].data, r.batch * h);
  input_gradients(call, r,
                  {dense(dx_gates, r.dtype, bt, 3 * h), dense(dh_gates, r.dtype, bt, 3 * h), kX, kWeightIh, kWeightHh,
                   kBiasIh, kBiasHh, kH0});
}

}  // namespace

void add_gru(Rows& rows) {
  KernelRow row = row_of("gru", forward, supports);
  row.backward = backward;
  row.extras = extras;
  row.backward_reads_inputs = 1U << kX | 1U << kWeightIh | 1U << kWeightHh | 1U << kH0 | 1U << kLengths;
  row.backward_reads_outputs = 1;
  row.accumulates = 1U << kX | 1U << kWeightIh | 1U << kWeightHh | 1U << kBiasIh | 1U << kBiasHh;
  rows.push_back(row);
}

}  // namespace strata::onednn
