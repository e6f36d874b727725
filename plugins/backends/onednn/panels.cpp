// Panels: packing a weight once a version, and dealing its panels out to the threads.
#include "panels.hpp"

#include <algorithm>

#include "kept.hpp"
#include "strata/device/parallel.hpp"

namespace strata::onednn {
namespace {

constexpr std::int64_t kMostRows = 256;  // from here on, slices of rows are as fast

std::int64_t pieces(std::int64_t whole, std::int64_t part) { return (whole + part - 1) / part; }
std::int64_t count_of(std::int64_t outputs) { return pieces(outputs, kPanelColumns); }

}  // namespace

std::int64_t panel_floats(const Matrix& b) { return count_of(b.columns) * kPanelColumns * b.rows; }

void pack_panels(const Matrix& b, float* to) {
  const auto function = vectors().pack_floats[b.column_stride == 1 ? 0 : 1];
  parallel_for(0, count_of(b.columns), 1 + 16384 / (b.rows * kPanelColumns),
               [&](std::int64_t first, std::int64_t last) {
                 for (std::int64_t i = first; i < last; ++i) {
                   const std::int64_t column = i * kPanelColumns;
                   function({static_cast<const float*>(b.data) + column * b.column_stride, b.column_stride,
                             b.row_stride, to + i * kPanelColumns * b.rows, std::min(kPanelColumns, b.columns - column),
                             b.rows, kPanelColumns, b.rows});
                 }
               });
}

bool Panels::fit(const Matrix& x, const Matrix& weight, const Matrix& y) {
  const bool floats = x.dtype == DType::f32 && weight.dtype == DType::f32 && y.dtype == DType::f32;
  const bool dense = x.column_stride == 1 && y.column_stride == 1;
  return floats && dense && x.rows <= kMostRows && (weight.row_stride == 1 || weight.column_stride == 1) &&
         vectors().lanes >= 8;
}

Panels::Panels(const View& weight, const Matrix& b, std::int64_t rows, Workspace& workspace)
    : rows_(rows), at_once_(pieces(rows, pieces(rows, vectors().panel_rows))), width_(b.rows), outputs_(b.columns) {
  x_ = workspace.take<float>(pieces(rows, at_once_) * kPanelRows * width_);
  const bool transposed = b.rows != weight.shape[0] || b.row_stride != weight.strides[0];
  const std::uint64_t key = packed_key(transposed ? "onednn.panels.transposed" : "onednn.panels", weight);
  const std::size_t bytes = static_cast<std::size_t>(panel_floats(b)) * sizeof(float);
  panels_ = static_cast<const float*>(
      kept_with(weight, key, bytes, workspace, [&](void* to) { pack_panels(b, static_cast<float*>(to)); }));
}

void Panels::pack_rows(const Matrix& x) const {
  const auto turned = vectors().pack_floats[1];
  parallel_for(0, pieces(rows_, at_once_), 1 + 16384 / (at_once_ * width_), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t block = first; block < last; ++block) {
      const std::int64_t row = block * at_once_;
      turned({static_cast<const float*>(x.data) + row * x.row_stride, x.row_stride, 1, x_ + block * kPanelRows * width_,
              std::min(at_once_, rows_ - row), width_, kPanelRows, width_});
    }
  });
}

void Panels::multiply(const Matrix& x, const float* bias, bool accumulate, const Matrix& y) const {
  pack_rows(x);
  PanelProduct shared{};
  shared.x = x_;
  shared.weight = panels_;
  shared.bias = bias;
  shared.y = static_cast<float*>(y.data);
  shared.rows = rows_, shared.at_once = at_once_, shared.width = width_, shared.outputs = outputs_;
  shared.y_row = y.row_stride;
  shared.add = accumulate;
  constexpr std::int64_t kLeastWork = 1 << 20;  // multiply-adds of a block
  const std::int64_t work = rows_ * width_ * kPanelColumns;
  parallel_for(0, count_of(outputs_), 1 + kLeastWork / work, [&](std::int64_t first, std::int64_t last) {
    PanelProduct part = shared;
    part.first = first, part.last = last;
    vectors().panel_product(part);
  });
}

}  // namespace strata::onednn
