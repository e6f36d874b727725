// lstm_cell and gru_cell: one step from the gates' pre-activations, as decoders use it inside their time loop.
#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

Matrix matrix(const View& view) {
  Matrix m{};
  matrix_of(view, &m);
  return m;
}
bool rows_fit(const View& view) {
  Matrix m{};
  return view.rank == 2 && vector_dtype(view.dtype) && matrix_of(view, &m) && m.columns > 0;
}
void* row_at(const Matrix& m, std::int64_t r) { return bytes_at(m.data, r * m.row_stride, m.dtype); }

bool lstm_supports(const KernelCall& call) {
  return rows_fit(call.inputs[0]) && rows_fit(call.inputs[1]) && call.outputs[0].dtype == call.inputs[0].dtype &&
         call.outputs[1].dtype == call.inputs[1].dtype;
}
std::int32_t lstm_extras(const KernelCall& call, TensorSpec* out) {
  out[0] = {call.inputs[0].dtype, 2, {call.inputs[0].shape[0], call.inputs[0].shape[1]}};
  return 1;
}

void lstm_forward(const KernelCall& call) {
  const Matrix gates = matrix(call.inputs[0]), cell = matrix(call.inputs[1]), hidden = rows_of(call.outputs[0]),
               next = rows_of(call.outputs[1]);
  void* activated = call.extra_count > 0 ? call.extras[0].data : nullptr;
  const std::int64_t h = cell.columns;
  const auto step = vectors().lstm[half(gates.dtype)][half(cell.dtype)];
  parallel_for(0, gates.rows, grain_of(h * 16), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) {
      step({row_at(gates, b), nullptr, row_at(cell, b), row_at(next, b),
            activated != nullptr ? bytes_at(activated, b * 4 * h, gates.dtype) : nullptr, row_at(hidden, b), nullptr,
            h});
    }
  });
}

void lstm_backward(const BackwardCall& call) {
  Workspace& workspace = *call.workspace;
  const Matrix activated = rows_of(call.extras[0]), cell = matrix(call.inputs[1]), next = rows_of(call.outputs[1]);
  const std::int64_t h = cell.columns, n = cell.rows * h;
  const bool has_dh = call.output_gradients[0].present();
  const View dh = has_dh ? densified(call.output_gradients[0], workspace) : View{};
  auto* dcell = workspace.take<float>(n);
  if (call.output_gradients[1].present()) {
    const View dc = densified(call.output_gradients[1], workspace);
    vectors().convert[half(dc)][0](dc.data, dcell, n);
  } else {
    fill_zero(dcell, n * 4);
  }
  void* dgates = wanted(call, 0)
                     ? call.input_gradients[0].data
                     : workspace.take<unsigned char>(4 * n * static_cast<std::int64_t>(size_of(activated.dtype)));
  const auto step = vectors().lstm_backward[half(activated.dtype)][half(cell.dtype)];
  parallel_for(0, cell.rows, grain_of(h * 16), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) {
      step({row_at(activated, b), row_at(cell, b), row_at(next, b),
            has_dh ? bytes_at(dh.data, b * h, dh.dtype) : nullptr, nullptr, dcell + b * h,
            bytes_at(dgates, b * 4 * h, activated.dtype), nullptr, h});
    }
  });
  if (wanted(call, 1)) {
    const View& to = call.input_gradients[1];
    vectors().convert[0][half(to)](dcell, to.data, n);
  }
}

enum GruInput { kXGates, kHGates, kHidden };

bool gru_supports(const KernelCall& call) {
  const DType dtype = call.inputs[kXGates].dtype;
  return rows_fit(call.inputs[kXGates]) && rows_fit(call.inputs[kHGates]) && rows_fit(call.inputs[kHidden]) &&
         call.inputs[kHidden].dtype == dtype && call.outputs[0].dtype == dtype;
}
std::int32_t gru_extras(const KernelCall& call, TensorSpec* out) {
  out[0] = {call.inputs[kXGates].dtype, 2, {call.inputs[kHidden].shape[0], 4 * call.inputs[kHidden].shape[1]}};
  return 1;
}

void gru_forward(const KernelCall& call) {
  const Matrix x = matrix(call.inputs[kXGates]), u = matrix(call.inputs[kHGates]),
               hidden = matrix(call.inputs[kHidden]), next = rows_of(call.outputs[0]);
  void* activated = call.extra_count > 0 ? call.extras[0].data : nullptr;
  const std::int64_t h = hidden.columns;
  const auto step = vectors().gru[half(x.dtype)][half(u.dtype)];
  parallel_for(0, x.rows, grain_of(h * 16), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) {
      step({row_at(x, b), row_at(u, b), row_at(hidden, b), row_at(next, b), nullptr,
            activated != nullptr ? bytes_at(activated, b * 4 * h, x.dtype) : nullptr, h});
    }
  });
}

void gru_backward(const BackwardCall& call) {
  Workspace& workspace = *call.workspace;
  const Matrix activated = rows_of(call.extras[0]), hidden = matrix(call.inputs[kHidden]);
  const std::int64_t h = hidden.columns, n = hidden.rows * h;
  const View dy = densified(call.output_gradients[0], workspace);
  const DType u_dtype = wanted(call, kHGates) ? call.input_gradients[kHGates].dtype : DType::f32;
  auto* through = workspace.take<float>(n);
  fill_zero(through, n * 4);
  const auto room = [&](int i, DType dtype) -> void* {
    return wanted(call, i) ? call.input_gradients[i].data
                           : workspace.take<unsigned char>(3 * n * static_cast<std::int64_t>(size_of(dtype)));
  };
  void *dx = room(kXGates, activated.dtype), *du = room(kHGates, u_dtype);
  const auto step = vectors().gru_backward[half(activated.dtype)][half(u_dtype)];
  parallel_for(0, hidden.rows, grain_of(h * 16), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) {
      step({row_at(activated, b), row_at(hidden, b), bytes_at(dy.data, b * h, dy.dtype), through + b * h,
            bytes_at(dx, b * 3 * h, activated.dtype), bytes_at(du, b * 3 * h, u_dtype), nullptr, h});
    }
  });
  if (wanted(call, kHidden)) {
    vectors().convert[0][half(call.input_gradients[kHidden])](through, call.input_gradients[kHidden].data, n);
  }
}

}  // namespace

void add_cells(Rows& rows) {
  KernelRow lstm = row_of("lstm_cell", lstm_forward, lstm_supports);
  lstm.backward = lstm_backward;
  lstm.extras = lstm_extras;
  lstm.backward_reads_inputs = 2;
  lstm.backward_reads_outputs = 2;
  rows.push_back(lstm);
  KernelRow gru = row_of("gru_cell", gru_forward, gru_supports);
  gru.backward = gru_backward;
  gru.extras = gru_extras;
  gru.backward_reads_inputs = 4;
  rows.push_back(gru);
}

}  // namespace strata::onednn
