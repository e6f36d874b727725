// softmax (with an optional mask that broadcasts) and log_softmax over the last axis.
#include "ops/rows.hpp"

namespace strata::onednn {
namespace {

bool supports(const KernelCall& call) {
  const View& x = call.inputs[0];
  if (!dense_vector(x) || x.rank < 1 || x.numel() == 0 || call.outputs[0].dtype != x.dtype) return false;
  if (!given(call, 1)) return true;
  const View& mask = call.inputs[1];
  return size_of(mask.dtype) == 1 &&
         (mask.rank == 0 || mask.size(-1) == 1 || mask.stride(-1) == 1 || mask.stride(-1) == 0);
}

void forward(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const Matrix rows = rows_of(x);
  const auto softmax = vectors().softmax[half(x)];
  const bool masked = given(call, 1);
  const View mask = masked ? call.inputs[1] : View{};
  const bool one_for_row = masked && (mask.rank == 0 || mask.size(-1) == 1 || mask.stride(-1) == 0);
  const auto mask_row = [&](std::int64_t row) {
    std::int64_t offset = 0;
    for (int i = x.rank - 2; i >= 0; --i) {
      const int axis = i - (x.rank - mask.rank);
      if (axis >= 0 && mask.shape[axis] != 1) offset += row % x.shape[i] * mask.strides[axis];
      row /= x.shape[i];
    }
    return mask.as<const unsigned char>() + offset;
  };
  parallel_for(0, rows.rows, grain_of(rows.columns * 4), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      void* to = bytes_at(y.data, r * rows.columns, y.dtype);
      const unsigned char* keep = masked ? mask_row(r) : nullptr;
      if (one_for_row) {
        if (*keep == 0) {
          std::memset(to, 0, static_cast<std::size_t>(rows.columns) * size_of(y.dtype));
          continue;
        }
        keep = nullptr;
      }
      softmax(bytes_at(x.data, r * rows.columns, x.dtype), keep, to, rows.columns);
    }
  });
}

void backward(const BackwardCall& call) {
  if (!wanted(call, 0)) return;
  const View &y = call.outputs[0], &dx = call.input_gradients[0];
  const View dy = densified(call.output_gradients[0], *call.workspace);
  const Matrix rows = rows_of(y);
  const auto gradient = vectors().softmax_gradient[half(y)];
  parallel_for(0, rows.rows, grain_of(rows.columns * 2), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      const std::int64_t at = r * rows.columns;
      gradient(bytes_at(y.data, at, y.dtype), bytes_at(dy.data, at, dy.dtype), bytes_at(dx.data, at, dx.dtype),
               rows.columns);
    }
  });
}

bool log_supports(const KernelCall& call) {
  return dense_vector(call.inputs[0]) && call.inputs[0].numel() > 0 && call.outputs[0].dtype == DType::f32;
}

void log_forward(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const Matrix rows = rows_of(x);
  parallel_for(0, rows.rows, grain_of(rows.columns * 4), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      const void* from = bytes_at(x.data, r * rows.columns, x.dtype);
      const float lse = vectors().log_sum_exp[half(x)](from, rows.columns, nullptr);
      vectors().log_softmax[half(x)](from, lse, y.as<float>() + r * rows.columns, rows.columns);
    }
  });
}

}  // namespace

void add_softmax(Rows& rows) {
  KernelRow row = row_of("softmax", forward, supports);
  row.backward = backward;
  row.backward_reads_outputs = 1;
  rows.push_back(row);
  rows.push_back(row_of("log_softmax", log_forward, log_supports));
}

}  // namespace strata::onednn
