// layer_norm over the last axis (Ba et al., 2016); keeps mean and 1/deviation of each row.
#include "ops/norm_gradient.hpp"

namespace strata::onednn {
namespace {

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
  const View& x = call.inputs[0];
  const std::int64_t n = x.size(-1);
  const float* statistics = call.extras[0].as<const float>();
  norm_gradient(call, 2, [&](std::int64_t r, const void* dy, void* dx, float* sums) {
    vectors().layer_norm_gradient[half(x)](bytes_at(x.data, r * n, x.dtype), statistics + 2 * r,
                                           call.inputs[1].as<float>(), dy, dx, sums,
                                           sums != nullptr ? sums + n : nullptr, n);
  });
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
