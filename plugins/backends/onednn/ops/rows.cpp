// Dense copies, row sums and zeros for the op files.
#include "ops/rows.hpp"

namespace strata::onednn {

View densified(const View& view, Workspace& workspace) {
  if (view.contiguous()) return view;
  View out = view;
  std::int64_t step = 1;
  for (int i = view.rank - 1; i >= 0; --i) {
    out.strides[i] = step;
    step *= view.shape[i];
  }
  const std::int64_t element = static_cast<std::int64_t>(size_of(view.dtype));
  out.data = workspace.take<unsigned char>(step * element);
  out.packed = nullptr;
  out.constant = false;
  const std::int64_t columns = view.size(-1), stride = view.stride(-1), rows = columns == 0 ? 0 : step / columns;
  parallel_for(0, rows, grain_of(columns), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t r = first; r < last; ++r) {
      std::int64_t rest = r, offset = 0;
      for (int i = view.rank - 2; i >= 0; --i) {
        offset += rest % view.shape[i] * view.strides[i];
        rest /= view.shape[i];
      }
      unsigned char* to = bytes_at(out.data, r * columns, view.dtype);
      const unsigned char* from = bytes_at(view.data, offset, view.dtype);
      if (stride == 1) {
        std::memcpy(to, from, static_cast<std::size_t>(columns * element));
      } else if (element == 4) {
        for (std::int64_t c = 0; c < columns; ++c) std::memcpy(to + c * 4, from + c * stride * 4, 4);
      } else {
        for (std::int64_t c = 0; c < columns; ++c) std::memcpy(to + c * 2, from + c * stride * 2, 2);
      }
    }
  });
  return out;
}

const float* as_floats(const View& view, Workspace& workspace) {
  const View dense_view = densified(view, workspace);
  if (view.dtype == DType::f32) return dense_view.as<float>();
  const std::int64_t n = view.numel();
  auto* out = workspace.take<float>(n);
  vectors().convert[1][0](dense_view.data, out, n);
  return out;
}

Matrix rows_of(const View& view) {
  const std::int64_t columns = view.size(-1);
  return dense(view.data, view.dtype, columns == 0 ? 0 : view.numel() / columns, columns);
}

void sum_rows(const Matrix& x, const View& to, bool accumulate, Workspace& workspace) {
  const bool direct = to.dtype == DType::f32;
  float* total = direct ? to.as<float>() : workspace.take<float>(x.columns);
  const auto column_sum = vectors().column_sum[half(x.dtype)];
  parallel_elements(x.columns, std::max<std::int64_t>(64, 65536 / std::max<std::int64_t>(x.rows, 1)),
                    [&](std::int64_t first, std::int64_t last) {
                      column_sum(bytes_at(x.data, first, x.dtype), x.rows, x.row_stride, last - first, total + first,
                                 accumulate && direct);
                    });
  if (direct) return;
  if (accumulate) {
    vectors().add_into[1][0](to.data, total, x.columns);
  } else {
    vectors().convert[0][1](total, to.data, x.columns);
  }
}

void fill_zero(void* data, std::int64_t bytes) {
  parallel_for(0, (bytes + 63) / 64, 4096, [&](std::int64_t first, std::int64_t last) {
    std::memset(static_cast<unsigned char*>(data) + first * 64, 0,
                static_cast<std::size_t>(std::min(last * 64, bytes) - first * 64));
  });
}

}  // namespace strata::onednn
