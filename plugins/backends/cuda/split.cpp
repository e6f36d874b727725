#include "split.hpp"

#include <algorithm>

#include "kept.hpp"
#include "kernels/split.hpp"
#include "queue.hpp"

namespace strata::cuda {
namespace {

// Splitting reads an element of 4 bytes and writes 12; at 2.5 TB/s that takes as long as 300 operations of plain f32 at
// 46 TFLOP/s, or as what three products of TF32 at 350 TFLOP/s save of 500. An element of the operands has a share of
// 2mn / (m + n) operations: what has less gains nothing.
constexpr double kLeastReuse = 400;
// A plain product this large takes 6 us, as long as the launches of two copies and what a product of tensor cores needs
// to begin and end.
constexpr double kLeastWork = std::int64_t{1} << 28U;

// Lines of the axis that is dense.
Lines lines_of(const Matrix& m) {
  const auto* data = static_cast<const float*>(m.data);
  if (m.dense_rows()) return {data, m.rows, m.columns, m.row_stride};
  return {data, m.columns, m.rows, m.column_stride};
}

// Whether the terms of a sum are a line of this factor.
bool terms_in_lines(const Matrix& m, Side side) { return m.dense_rows() == (side == Side::left); }

// A copy's planes follow each other as the other's do: where the terms of one factor are lines, all terms of a plane
// come before those of the next, so that the other, if its lines are terms, has to be stacked; where both have terms
// for lines, each term comes three times in a row.
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

Matrix split_factor(const Matrix& m, const SplitForm& form, Workspace& workspace, void* stream) {
  const Lines lines = lines_of(m);
  const std::int64_t length = padded(lines.length);
  Matrix copy{const_cast<float*>(split_copy(m, form, workspace, stream)), DType::f32, 0, 0, 0, 1, 0};
  if (terms_in_lines(m, form.side)) {
    copy.rows = lines.count;
    copy.columns = copy.row_stride = kSplitPlanes * length;
  } else {
    copy.rows = kSplitPlanes * (form.stacked ? padded(lines.count) : lines.count);
    copy.columns = lines.length;
    copy.row_stride = length;
  }
  return m.dense_rows() ? copy : copy.transposed();
}

SplitForm left_form(const Product& product) {
  return form_of(product.a, Side::left, terms_in_lines(product.b, Side::right));
}

}  // namespace

bool worth_splitting(std::int64_t m, std::int64_t n, std::int64_t k, void* stream) {
  const Queue& queue = queue_of(stream);
  if (queue.tf32 || kSplitPlanes * padded(std::max({m, n, k})) > kMostExtent) return false;
  if (queue.split_all) return true;
  const auto area = 2 * static_cast<double>(m) * static_cast<double>(n);
  return area * static_cast<double>(k) >= kLeastWork && area >= kLeastReuse * static_cast<double>(m + n);
}

bool splits(const Product& product, void* stream) {
  return product.splits && product.batch == 1 && product.a.dtype == DType::f32 && product.c.dtype == DType::f32 &&
         worth_splitting(product.a.rows, product.b.columns, product.a.columns, stream);
}

Product split_factors(const Product& product, Workspace& workspace, void* stream) {
  Product split = product;
  split.splits = false;
  split.tf32 = true;
  split.a = split_factor(product.a, left_form(product), workspace, stream);
  split.b = split_factor(product.b, form_of(product.b, Side::right, terms_in_lines(product.a, Side::left)), workspace,
                         stream);
  return split;
}

const float* split_ahead(const Product& product, Workspace& workspace, void* stream) {
  if (!splits(product, stream) || left_form(product).stacked) return nullptr;
  return split_copy(product.a, left_form(product), workspace, stream);
}

}  // namespace strata::cuda
