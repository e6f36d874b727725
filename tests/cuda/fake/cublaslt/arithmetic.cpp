#include "cuda/fake/cublaslt/arithmetic.hpp"

#include <algorithm>
#include <cmath>

#include "cuda/fake/numbers.hpp"

namespace fake::cublaslt {
namespace {

// op(X) of one batch entry, row after row [rows, columns].
Numbers operand(const void* data, const Layout& layout, bool turned, std::int64_t entry) {
  const std::int64_t rows = turned ? layout.columns : layout.rows, columns = turned ? layout.rows : layout.columns;
  Numbers out;
  out.reserve(static_cast<std::size_t>(rows * columns));
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      out.push_back(read(data, turned ? layout.at(entry, j, i) : layout.at(entry, i, j), layout.format()));
    }
  }
  return out;
}

// As TF32 reads them: 11 bits, nothing finer than 2^-136.
void narrow_to_tf32(Numbers& all) {
  for (double& x : all) x = rounded(x, 11, -136);
}

// The float next to x towards 0.
double truncated(double x) {
  const auto nearest = static_cast<float>(x);
  return std::abs(static_cast<double>(nearest)) > std::abs(x) ? std::nextafter(nearest, 0.0F) : nearest;
}

// A row [k] of op(A) times op(B) [k, n] -> sums [n].
void multiply(const double* row, const Numbers& b, std::size_t k, bool tf32, Numbers& sums) {
  const std::size_t n = sums.size();
  std::fill(sums.begin(), sums.end(), 0.0);
  for (std::size_t l = 0; l < k; ++l) {
    for (std::size_t j = 0; j < n; ++j) sums[j] += row[l] * b[l * n + j];
    if (tf32 && (l % 8 == 7 || l + 1 == k)) {
      for (double& sum : sums) sum = truncated(sum);
    }
  }
}

// Row i of D, of one batch entry, from the sums of its products.
void finish(const Problem& p, const Operands& at, std::int64_t entry, std::int64_t i, const Numbers& sums) {
  const double bias = p.product.adds_bias() ? read(p.product.bias(), static_cast<std::size_t>(i), p.d.format()) : 0;
  for (std::int64_t j = 0; j < p.n; ++j) {
    double value = at.alpha * sums[static_cast<std::size_t>(j)] + bias;
    if (at.beta != 0) value += at.beta * read(at.c, p.c.at(entry, i, j), p.c.format());
    write(at.d, p.d.at(entry, i, j), p.d.format(), value);
  }
}

}  // namespace

void compute(const Problem& p, const Operands& at) {
  const bool tf32 = p.product.compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  const auto k = static_cast<std::size_t>(p.k);
  Numbers sums(static_cast<std::size_t>(p.n));
  for (std::int64_t entry = 0; entry < p.d.batch(); ++entry) {
    Numbers a = operand(at.a, p.a, p.product.turned_a(), entry), b = operand(at.b, p.b, p.product.turned_b(), entry);
    if (tf32) {
      narrow_to_tf32(a);
      narrow_to_tf32(b);
    }
    for (std::int64_t i = 0; i < p.m; ++i) {
      multiply(a.data() + static_cast<std::size_t>(i) * k, b, k, tf32, sums);
      finish(p, at, entry, i, sums);
    }
  }
}

}  // namespace fake::cublaslt
