#include "split.hpp"

#include <algorithm>

#include "kept.hpp"
#include "kernels/split.hpp"
#include "queue.hpp"

namespace strata::cuda {
namespace {

// What an H100 does in a second: plain f32 and TF32 on large matrices, bytes of copies. And what two copies and a
// product more cost to begin and end.
constexpr double kPlainRate = 46e12, kTensorRate = 350e12, kBytes = 2.5e12, kLaunches = 8e-6;

// Terms of a sum on tensor cores. 1,024 random ones of either sign lose 3e-6 of their sum (root of mean squares), f32
// in order 0.6e-6, TF32 300e-6; a part more is a read and a write of the result.
constexpr std::int64_t kMostTerms = 1024;

// Lines of the axis that is dense.
Lines lines_of(const Matrix& m) {
  const auto* data = static_cast<const float*>(m.data);
  if (m.dense_rows()) return {data, m.rows, m.columns, m.row_stride};
  return {data, m.columns, m.rows, m.column_stride};
}

// Whether the terms of a sum are a line of this factor.
bool terms_in_lines(const Matrix& m, Side side) { return m.dense_rows() == (side == Side::left); }

// Cross terms have to meet: where the terms of one factor are lines, all of its first plane come before those of the
// second, so that the other, if its lines are terms, is stacked; where both have terms for lines, each term comes twice
// in a row.
SplitForm form_of(const Matrix& m, Side side, bool other_in_lines) {
  return {side, !terms_in_lines(m, side) && other_in_lines};
}

const float* split_copy(const Matrix& m, const SplitForm& form, Workspace& workspace, void* stream) {
  const Lines lines = lines_of(m);
  const bool in_rows_of_left = form.side == Side::left && !form.stacked;
  if (m.split != nullptr && in_rows_of_left) return m.split;
  if (m.weight != nullptr && form.side == Side::right && lines.count == m.weight->size(-2) &&
      lines.length == m.weight->size(-1)) {
    return kept_copy(*m.weight, form.stacked ? CopyForm::split_stacked : CopyForm::split, stream).as<const float>();
  }
  auto* const to = workspace.take<float>(form.size(lines));
  const SplitCopy copy{lines, form, to};
  split_together(&copy, 1, stream);
  return to;
}

// A factor's copy as the products see it: both planes, and the one of the high parts.
struct Factor {
  Matrix both, high;
};
Factor factor_of(const Matrix& m, const SplitForm& form, Workspace& workspace, void* stream) {
  const Lines lines = lines_of(m);
  float* const copy = const_cast<float*>(split_copy(m, form, workspace, stream));
  float* const high = copy + (form.side == Side::left ? form.plane(lines) : 0);
  const std::int64_t length = padded(lines.length), line = form.line(lines),
                     count = form.stacked ? padded(lines.count) : lines.count;
  Factor factor{};
  if (terms_in_lines(m, form.side)) {
    factor.both = {copy, DType::f32, count, 2 * length, line, 1, 0};
    factor.high = {high, DType::f32, count, length, line, 1, 0};
  } else {
    factor.both = {copy, DType::f32, 2 * count, lines.length, length, 1, 0};
    factor.high = {high, DType::f32, count, lines.length, line, 1, 0};
  }
  if (m.dense_rows()) return factor;
  return {factor.both.transposed(), factor.high.transposed()};
}

// A left factor's columns, a right one's rows.
Matrix columns_of(Matrix m, std::int64_t first, std::int64_t count) {
  m.data = element_at(m.data, first * m.column_stride, m.dtype);
  m.columns = count;
  return m;
}
Matrix rows_of(const Matrix& m, std::int64_t first, std::int64_t count) {
  return columns_of(m.transposed(), first, count).transposed();
}

SplitForm left_form(const Product& product) {
  return form_of(product.a, Side::left, terms_in_lines(product.b, Side::right));
}

// Tensor cores do TF32 eight times as fast as all else does f32 on these, and hardly faster on cards for other uses.
bool has_fast_tf32(const Queue& queue) {
  return queue.major == 10 || (queue.minor == 0 && (queue.major == 8 || queue.major == 9));
}

}  // namespace

// A factor's element is read, and written as two; the result is written and read once more. Of 1,900 rows, from 512 to
// 2,048 columns gains (52 us saved, 22 moved), from 512 to 512 does not (13, 9).
bool worth_splitting(std::int64_t m, std::int64_t n, std::int64_t k, void* stream) {
  const Queue& queue = queue_of(stream);
  if (queue.tf32 || 2 * padded(std::max({m, n, k})) > kMostExtent) return false;
  if (queue.split_all) return true;
  if (!has_fast_tf32(queue)) return false;
  const auto rows = static_cast<double>(m), columns = static_cast<double>(n), terms = static_cast<double>(k);
  const double saved = 2 * rows * columns * terms * (1 / kPlainRate - 3 / kTensorRate),
               moved = 12 * (rows + columns) * terms + 8 * rows * columns;
  return saved > moved / kBytes + kLaunches;
}

bool splits(const Product& product, void* stream) {
  return product.splits && product.batch == 1 && product.a.dtype == DType::f32 && product.b.dtype == DType::f32 &&
         worth_splitting(product.a.rows, product.b.columns, product.a.columns, stream);
}

std::vector<Product> split_products(const Product& product, Workspace& workspace, void* stream) {
  const SplitForm right_form = form_of(product.b, Side::right, terms_in_lines(product.a, Side::left));
  const Factor left = factor_of(product.a, left_form(product), workspace, stream),
               right = factor_of(product.b, right_form, workspace, stream);
  Product part = product;
  part.splits = false;
  part.tf32 = true;
  part.bias = nullptr;
  part.a = left.both, part.b = right.both;
  std::vector<Product> parts{part};
  part.addend = part.c;
  for (std::int64_t first = 0; first < left.high.columns; first += kMostTerms) {
    const std::int64_t count = std::min(kMostTerms, left.high.columns - first);
    part.a = columns_of(left.high, first, count);
    part.b = rows_of(right.high, first, count);
    parts.push_back(part);
  }
  parts.back().bias = product.bias;
  return parts;
}

const float* split_left(const Product& product, Workspace& workspace, void* stream) {
  const SplitForm form = left_form(product);
  const bool either_way = product.a.rows == 1 || product.a.columns == 1;  // its transpose would have other lines
  return form.stacked || either_way ? nullptr : split_copy(product.a, form, workspace, stream);
}

const float* split_ahead(const Product& product, Workspace& workspace, void* stream) {
  return splits(product, stream) ? split_left(product, workspace, stream) : nullptr;
}

}  // namespace strata::cuda
