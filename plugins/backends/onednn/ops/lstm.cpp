// lstm over a sequence: one product for all inputs, a time loop over the packed recurrent weight, and in backward one
// product each for the gradients of x and both weights.
#include "ops/recurrence.hpp"

namespace strata::onednn {
namespace {

enum Input { kX, kWeightIh, kWeightHh, kBiasIh, kBiasHh, kH0, kC0, kLengths };
enum Extra { kActivated, kCells };

bool supports(const KernelCall& call) { return supports_recurrence(call, 4, kLengths, {kH0, kC0}); }

std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const Recurrence r(call.inputs, call.input_count, call.attributes, 4, kLengths);
  out[kActivated] = {r.dtype, 3, {r.batch, r.time, 4 * r.hidden}};
  out[kCells] = {DType::f32, 3, {r.batch, r.time, r.hidden}};
  return 2;
}

void forward(const KernelCall& call) {
  const Recurrence r(call.inputs, call.input_count, call.attributes, 4, kLengths);
  Workspace& workspace = *call.workspace;
  const std::int64_t h = r.hidden, bt = r.batch * r.time;
  const bool keep = call.extra_count > 0;
  void* gates = keep ? call.extras[kActivated].data : workspace.take<unsigned char>(bt * 4 * h * r.element);
  float* cells = keep ? call.extras[kCells].as<float>() : nullptr;
  const View &outputs = call.outputs[0], &last_hidden = call.outputs[1], &last_cell = call.outputs[2];

  Epilogue epilogue;
  epilogue.bias = bias_sum(call, kBiasIh, kBiasHh, 4 * h, workspace);
  multiply_by_weight(r.input_rows(workspace), call.inputs[kWeightIh], WeightForm::transposed,
                     dense(gates, r.dtype, bt, 4 * h), epilogue, workspace);

  const bool from_zero = !given(call, kH0);
  auto* state = workspace.take<unsigned char>(r.batch * h * r.element);  // h of the last step, dense for the product
  auto* cell = workspace.take<float>(r.batch * h);
  initial_state(call, kH0, r, state);
  initial_floats(call, kC0, r, cell);
  auto* recurrent = workspace.take<float>(r.batch * 4 * h);
  const ReadyWeight weight(call.inputs[kWeightHh], WeightForm::transposed,
                           {r.batch, r.dtype, DType::f32, false, nullptr}, workspace);
  const auto step_row = vectors().lstm[half(r.dtype)][0];
  for (std::int64_t step = 0; step < r.steps; ++step) {
    const bool product = step > 0 || !from_zero;
    if (product) weight.multiply(state, recurrent);
    parallel_for(0, r.batch, grain_of(h * 16), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t b = first; b < last; ++b) {
        if (!r.active(b, step)) continue;
        const std::int64_t at = b * r.time + r.position(b, step);
        float* before = cell + b * h;
        float* after = before;
        if (keep) {
          if (step > 0) before = cells + (at + (r.reverse ? 1 : -1)) * h;
          after = cells + at * h;
        }
        void* activated = bytes_at(gates, at * 4 * h, r.dtype);
        step_row({activated, product ? recurrent + b * 4 * h : nullptr, before, after, keep ? activated : nullptr,
                  bytes_at(outputs.data, at * h, r.dtype), bytes_at(state, b * h, r.dtype), h});
      }
    });
  }
  clear_padding(r, outputs.data, h);
  std::memcpy(last_hidden.data, state, static_cast<std::size_t>(r.batch * h * r.element));
  for (std::int64_t b = 0; b < r.batch; ++b) {
    const float* from = cell + b * h;
    if (keep && r.length(b) > 0) from = cells + (b * r.time + r.position(b, r.length(b) - 1)) * h;
    vectors().convert[0][half(last_cell)](from, bytes_at(last_cell.data, b * h, last_cell.dtype), h);
  }
}

void backward(const BackwardCall& call) {
  const Recurrence r(call.inputs, call.input_count, call.attributes, 4, kLengths);
  Workspace& workspace = *call.workspace;
  const std::int64_t h = r.hidden, bt = r.batch * r.time;
  const void* gates = call.extras[kActivated].data;
  const float* cells = call.extras[kCells].as<float>();
  const View dy = call.output_gradients[0].present() ? densified(call.output_gradients[0], workspace) : View{};
  const bool has_dy = call.output_gradients[0].present();
  float* last_dh = given_gradient(call.output_gradients[1], r, workspace);
  float* dcell = given_gradient(call.output_gradients[2], r, workspace);
  if (dcell == nullptr) {
    dcell = workspace.take<float>(r.batch * h);
    fill_zero(dcell, r.batch * h * 4);
  }
  auto* first_cell = workspace.take<float>(r.batch * h);
  initial_floats(call, kC0, r, first_cell);
  auto* dgates = workspace.take<unsigned char>(bt * 4 * h * r.element);
  auto* step_gates = workspace.take<unsigned char>(r.batch * 4 * h * r.element);  // of one step, dense for the product
  auto* dstate = workspace.take<float>(r.batch * h);
  const ReadyWeight weight(call.inputs[kWeightHh], WeightForm::as_is, {r.batch, r.dtype, DType::f32, false, nullptr},
                           workspace);
  const auto step_row = vectors().lstm_backward[half(r.dtype)][0];
  clear_padding(r, dgates, 4 * h);
  fill_zero(step_gates, r.batch * 4 * h * r.element);
  const bool first_state = call.input_count > kH0 && wanted(call, kH0);
  for (std::int64_t step = r.steps - 1; step >= 0; --step) {
    parallel_for(0, r.batch, grain_of(h * 16), [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t b = first; b < last; ++b) {
        if (!r.active(b, step)) continue;
        const std::int64_t at = b * r.time + r.position(b, step);
        const float* before = step > 0 ? cells + (at + (r.reverse ? 1 : -1)) * h : first_cell + b * h;
        const float* through = step + 1 < r.length(b) ? dstate + b * h : last_dh != nullptr ? last_dh + b * h : nullptr;
        step_row({bytes_at(gates, at * 4 * h, r.dtype), before, cells + at * h,
                  has_dy ? bytes_at(dy.data, at * h, r.dtype) : nullptr, through, dcell + b * h,
                  bytes_at(dgates, at * 4 * h, r.dtype), bytes_at(step_gates, b * 4 * h, r.dtype), h});
      }
    });
    if (step > 0 || first_state) weight.multiply(step_gates, dstate);
  }
  if (first_state) store_state_gradient(r, call.input_gradients[kH0], dstate, last_dh);
  if (call.input_count > kC0 && wanted(call, kC0)) {
    vectors().convert[0][half(call.input_gradients[kC0])](dcell, call.input_gradients[kC0].data, r.batch * h);
  }
  const Matrix g = dense(dgates, r.dtype, bt, 4 * h);
  input_gradients(call, r, {g, g, kX, kWeightIh, kWeightHh, kBiasIh, kBiasHh, kH0});
}

}  // namespace

void add_lstm(Rows& rows) {
  KernelRow row = row_of("lstm", forward, supports);
  row.backward = backward;
  row.extras = extras;
  row.backward_reads_inputs = 1U << kX | 1U << kWeightIh | 1U << kWeightHh | 1U << kH0 | 1U << kC0 | 1U << kLengths;
  row.backward_reads_outputs = 1;
  row.accumulates = 1U << kX | 1U << kWeightIh | 1U << kWeightHh | 1U << kBiasIh | 1U << kBiasHh;
  rows.push_back(row);
}

}  // namespace strata::onednn
