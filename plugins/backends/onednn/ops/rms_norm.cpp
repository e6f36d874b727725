// rms_norm over the last axis (Zhang and Sennrich, 2019); keeps 1/size of each row.
#include "ops/norm_gradient.hpp"

namespace strata::onednn {
namespace {

bool supports(const KernelCall& call) {
  const View& x = call.inputs[0];
  if (!dense_vector(x) || x.rank < 1 || x.numel() == 0 || call.outputs[0].dtype != x.dtype) return false;
  return given(call, 1) && call.inputs[1].dtype == DType::f32 && call.inputs[1].contiguous();
}

std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const View& x = call.inputs[0];
  out[0] = {DType::f32, 1, {x.numel() / x.size(-1)}};
  return 1;
}

void forward(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const Matrix rows = rows_of(x);
  const auto epsilon = static_cast<float>(call.attributes.number("eps", 1e-6));
  float* inverses = call.extra_count > 0 ? call.extras[0].as<float>() : nullptr;
  parallel_for(0, rows.rows, grain_of(rows.columns * 2), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      vectors().rms_norm[half(x)](bytes_at(x.data, r * rows.columns, x.dtype), call.inputs[1].as<float>(), epsilon,
                                  bytes_at(y.data, r * rows.columns, y.dtype),
                                  inverses != nullptr ? inverses + r : nullptr, rows.columns);
    }
  });
}

void backward(const BackwardCall& call) {
  const View& x = call.inputs[0];
  const std::int64_t n = x.size(-1);
  const float* inverses = call.extras[0].as<const float>();
  norm_gradient(call, 1, [&](std::int64_t r, const void* dy, void* dx, float* sums) {
    vectors().rms_norm_gradient[half(x)](bytes_at(x.data, r * n, x.dtype), inverses[r], call.inputs[1].as<float>(), dy,
                                         dx, sums, n);
  });
}

}  // namespace

void add_rms_norm(Rows& rows) {
  KernelRow row = row_of("rms_norm", forward, supports);
  row.backward = backward;
  row.extras = extras;
  row.backward_reads_inputs = 3;
  row.accumulates = 2;
  rows.push_back(row);
}

}  // namespace strata::onednn
