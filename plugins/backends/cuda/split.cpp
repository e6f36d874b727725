#include "split.hpp"

#include <algorithm>

#include "kept.hpp"
#include "kernels/split.hpp"
#include "queue.hpp"

namespace strata::cuda {
namespace {

// What an H100 does in a second: plain f32 and TF32 on large matrices, bytes of copies. And what a launch more costs to
// begin and end, in seconds: an estimate.
constexpr double kPlainRate = 46e12, kTensorRate = 350e12, kBytes = 2.5e12, kLaunch = 3e-6;

// Terms of a sum on tensor cores. 1,024 random ones of either sign lose 3e-6 of their sum (root of mean squares), f32
// in order 0.6e-6, TF32 300e-6. As sums are cut towards 0, the loss grows with the terms, that of f32 with their root:
// 6e-6 of 1,900, 23e-6 of 7,600, which are the rows in a weight's gradient; in parts it stays at 3e-6. That is because
// each part begins at 0 and is added as f32 adds: it has to be a product of its own, which reads the result.
constexpr std::int64_t kMostTerms = 1024;
std::int64_t parts_of(std::int64_t terms) { return (terms + kMostTerms - 1) / kMostTerms; }

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

SplitForm left_form(const Product& product) {
  return form_of(product.a, Side::left, terms_in_lines(product.b, Side::right));
}
SplitForm right_form(const Product& product) {
  return form_of(product.b, Side::right, terms_in_lines(product.a, Side::left));
}

// Whether its copy is kept with the weight that it is.
bool is_kept(const Matrix& m, const SplitForm& form) {
  const Lines lines = lines_of(m);
  return m.weight != nullptr && form.side == Side::right && lines.count == m.weight->size(-2) &&
         lines.length == m.weight->size(-1);
}

bool same(const SplitCopy& copy, const Lines& from, const SplitForm& form) {
  const Lines& other = copy.from;
  return copy.form.side == form.side && copy.form.stacked == form.stacked && other.data == from.data &&
         other.count == from.count && other.length == from.length && other.stride == from.stride;
}

// A factor's copy as the products see it: both planes, and the one of the high parts.
struct Factor {
  Matrix both, high;
};
Factor factor_of(const Matrix& m, const SplitForm& form) {
  const Lines lines = lines_of(m);
  float* const copy = const_cast<float*>(m.split);
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

// Tensor cores do TF32 eight times as fast as all else does f32 on these, and hardly faster on cards for other uses.
bool has_fast_tf32(const Queue& queue) {
  return queue.major == 10 || (queue.minor == 0 && (queue.major == 8 || queue.major == 9));
}

}  // namespace

// A factor's element is read, and written as two; the result is written and read once more for each part. Launches more
// are that of the copies and a product for each part. Of 1,900 rows, from 512 to 2,048 columns gains (52 us saved, 28
// spent), its weight's gradient does so, too (52, 39), from 512 to 512 does not (13, 15).
bool worth_splitting(std::int64_t m, std::int64_t n, std::int64_t k, void* stream) {
  const Queue& queue = queue_of(stream);
  if (queue.tf32 || queue.tf32_off || 2 * padded(std::max({m, n, k})) > kMostExtent) return false;
  if (queue.split_all) return true;
  if (!has_fast_tf32(queue)) return false;
  const auto rows = static_cast<double>(m), columns = static_cast<double>(n), terms = static_cast<double>(k);
  const double saved = 2 * rows * columns * terms * (1 / kPlainRate - 3 / kTensorRate),
               parts = static_cast<double>(parts_of(k)),
               moved = 12 * (rows + columns) * terms + 8 * rows * columns * parts;
  return saved > moved / kBytes + (1 + parts) * kLaunch;
}

bool worth_splitting(const Product& product, void* stream) {
  return worth_splitting(product.a.rows, product.b.columns, product.a.columns, stream);
}

void split_factors(const std::vector<Product*>& products, Workspace& workspace, void* stream) {
  std::vector<SplitCopy> copies;
  const auto give = [&](Matrix* m, const SplitForm& form) {
    if (m->split != nullptr) return;
    if (is_kept(*m, form)) {
      const CopyForm kept = form.stacked ? CopyForm::split_stacked : CopyForm::split;
      m->split = kept_copy(*m->weight, kept, stream).as<const float>();
      return;
    }
    const Lines lines = lines_of(*m);
    auto copy =
        std::find_if(copies.begin(), copies.end(), [&](const SplitCopy& one) { return same(one, lines, form); });
    if (copy == copies.end()) copy = copies.insert(copy, {lines, form, workspace.take<float>(form.size(lines))});
    m->split = copy->to;
  };
  for (Product* one : products) {
    if (!one->splits) continue;
    give(&one->a, left_form(*one));
    give(&one->b, right_form(*one));
  }
  split_together(copies.data(), static_cast<std::int32_t>(copies.size()), stream);
}

std::vector<Product> split_products(Product product, Workspace& workspace, void* stream) {
  split_factors({&product}, workspace, stream);
  const Factor left = factor_of(product.a, left_form(product)), right = factor_of(product.b, right_form(product));
  Product part = product;
  part.splits = false;
  part.tf32 = true;
  part.bias = nullptr;
  part.a = left.both, part.b = right.both;
  std::vector<Product> parts{part};
  part.addend = part.c;
  for (std::int64_t i = 0; i < parts_of(left.high.columns); ++i) {
    const std::int64_t first = i * kMostTerms, count = std::min(kMostTerms, left.high.columns - first);
    part.a = columns_of(left.high, first, count);
    part.b = rows_of(right.high, first, count);
    parts.push_back(part);
  }
  parts.back().bias = product.bias;
  return parts;
}

}  // namespace strata::cuda
