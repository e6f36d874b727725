// A small product in registers: C[m,n] (+)= A[m,k] B[k,n] in floats. A is read element by element, so its strides are
// free (a transposed A costs nothing); rows of B and C are padded to whole vectors.
#pragma once

#include "simd.hpp"

namespace strata::onednn::STRATA_ISA {

struct SmallProduct {
  const float* a;
  const float* b;
  float* c;
  std::int64_t m, n, k;  // n: a multiple of kWidth
  std::int64_t a_row, a_column, b_row, c_row;
  bool add;
};

template <int kRows, int kVectors>
STRATA_INLINE void product_block(const SmallProduct& p, std::int64_t i, std::int64_t j) {
  Floats sums[kRows][kVectors];
  float* c = p.c + i * p.c_row + j;
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) sums[r][v] = p.add ? load(c + r * p.c_row + v * kWidth) : Floats{};
  }
  const float* a = p.a + i * p.a_row;
  const float* b = p.b + j;
  for (std::int64_t at = 0; at < p.k; ++at, a += p.a_column, b += p.b_row) {
    Floats row[kVectors];
    for (int v = 0; v < kVectors; ++v) row[v] = load(b + v * kWidth);
    for (int r = 0; r < kRows; ++r) {
      const Floats x = broadcast(a[r * p.a_row]);
      for (int v = 0; v < kVectors; ++v) sums[r][v] += x * row[v];
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) store(c + r * p.c_row + v * kWidth, sums[r][v]);
  }
}

template <int kVectors>
inline void product_columns(const SmallProduct& p, std::int64_t j) {
  std::int64_t i = 0;
  for (; i + 6 <= p.m; i += 6) product_block<6, kVectors>(p, i, j);
  if (i < p.m) with_count<5>(p.m - i, [&](auto known) { product_block<decltype(known)::value, kVectors>(p, i, j); });
}

inline void multiply(const SmallProduct& p) {
  constexpr int kMost = kWidth >= 16 ? 4 : 2;  // what the registers hold beside one row of B
  std::int64_t j = 0;
  for (; j + kMost * kWidth <= p.n; j += kMost * kWidth) product_columns<kMost>(p, j);
  if constexpr (kMost == 4) {
    if (j + 2 * kWidth <= p.n) {
      product_columns<2>(p, j);
      j += 2 * kWidth;
    }
  }
  if (j < p.n) product_columns<1>(p, j);
}

}  // namespace strata::onednn::STRATA_ISA
