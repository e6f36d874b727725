// layer_norm over the last axis (Ba et al., 2016); keeps mean and 1/deviation of each row.
#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

constexpr std::int64_t kBlockRows = 64;  // gradients of scale and shift are summed in blocks of this many rows

bool supports(const KernelCall& call) {
  const View& x = call.inputs[0];
  if (!dense_vector(x) || x.rank < 1 || x.numel() == 0 || call.outputs[0].dtype != x.dtype) return false;
  for (const int i : {1, 2}) {
    if (!given(call, i) || call.inputs[i].dtype != DType::f32 || !call.inputs[i].contiguous()) return false;
  }
  return true;
}

std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const View& x = call.inputs[0];
  out[0] = {DType::f32, 2, {x.numel() / x.size(-1), 2}};
  return 1;
}

void forward(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const Matrix rows = rows_of(x);
  const auto epsilon = static_cast<float>(call.attributes.number("eps", 1e-5));
  float* statistics = call.extra_count > 0 ? call.extras[0].as<float>() : nullptr;
  parallel_for(0, rows.rows, grain_of(rows.columns * 2), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      vectors().layer_norm[half(x)](bytes_at(x.data, r * rows.columns, x.dtype), call.inputs[1].as<float>(),
                                    call.inputs[2].as<float>(), epsilon, bytes_at(y.data, r * rows.columns, y.dtype),
                                    statistics != nullptr ? statistics + 2 * r : nullptr, rows.columns);
    }
  });
}

void backward(const BackwardCall& call) {
  Workspace& workspace = *call.workspace;
  const View& x = call.inputs[0];
  const Matrix rows = rows_of(x);
  const View dy = densified(call.output_gradients[0], workspace);
  const std::int64_t blocks = (rows.rows + kBlockRows - 1) / kBlockRows, n = rows.columns;
  const bool parameters = wanted(call, 1) || wanted(call, 2);
  float* partial = parameters ? workspace.take<float>(blocks * 2 * n) : nullptr;
  if (parameters) fill_zero(partial, blocks * 2 * n * 4);
  const float* statistics = call.extras[0].as<const float>();
  parallel_for(0, blocks, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first * kBlockRows; r < std::min(last * kBlockRows, rows.rows); ++r) {
      float* block = parameters ? partial + r / kBlockRows * 2 * n : nullptr;
      vectors().layer_norm_gradient[half(x)](
          bytes_at(x.data, r * n, x.dtype), statistics + 2 * r, call.inputs[1].as<float>(),
          bytes_at(dy.data, r * n, dy.dtype),
          wanted(call, 0) ? bytes_at(call.input_gradients[0].data, r * n, x.dtype) : nullptr, block,
          parameters ? block + n : nullptr, n);
    }
  });
  for (const int i : {1, 2}) {
    if (!wanted(call, i)) continue;
    vectors().column_sum[0](partial + (i - 1) * n, blocks, 2 * n, n, call.input_gradients[i].as<float>(),
                            call.accumulate[i]);
  }
}

}  // namespace

void add_layer_norm(Rows& rows) {
  KernelRow row = row_of("layer_norm", forward, supports);
  row.backward = backward;
  row.extras = extras;
  row.backward_reads_inputs = 3;
  row.accumulates = 6;
  rows.push_back(row);
}

}  // namespace strata::onednn
