// The walk of a norm's gradient over the rows, which layer_norm and rms_norm share.
#pragma once

#include "ops/rows.hpp"

namespace strata::onednn {

// Calls row(r, dy, dx, sums) for each row r of x [.., n]: dy and dx are its parts of the gradients (dx null when it is
// not wanted), sums floats [count][n], to which the row adds its share of the gradients of the parameters, inputs 1 to
// `count` (null when none is wanted). The sums are made in blocks of rows, so that they do not depend on the threads.
template <class Row>
void norm_gradient(const BackwardCall& call, int count, const Row& row) {
  constexpr std::int64_t kBlockRows = 64;
  Workspace& workspace = *call.workspace;
  const View& x = call.inputs[0];
  const Matrix rows = rows_of(x);
  const View dy = densified(call.output_gradients[0], workspace);
  const std::int64_t blocks = (rows.rows + kBlockRows - 1) / kBlockRows, n = rows.columns, size = count * n;
  bool parameters = false;
  for (int i = 1; i <= count; ++i) parameters = parameters || wanted(call, i);
  float* partial = parameters ? workspace.take<float>(blocks * size) : nullptr;
  if (parameters) fill_zero(partial, blocks * size * 4);
  parallel_for(0, blocks, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first * kBlockRows; r < std::min(last * kBlockRows, rows.rows); ++r) {
      row(r, bytes_at(dy.data, r * n, dy.dtype),
          wanted(call, 0) ? bytes_at(call.input_gradients[0].data, r * n, x.dtype) : nullptr,
          parameters ? partial + r / kBlockRows * size : nullptr);
    }
  });
  for (int i = 1; i <= count; ++i) {
    if (!wanted(call, i)) continue;
    vectors().column_sum[0](partial + (i - 1) * n, blocks, size, n, call.input_gradients[i].as<float>(),
                            call.accumulate[i]);
  }
}

}  // namespace strata::onednn
