// A small product in registers: C[m,n] (+)= A[m,2k] B[2k,n] of bfloat16 in floats, two neighbours along k at a time. A
// is read pair by pair, so its strides are free; B has a pair a word, its rows and those of C are padded to vectors.
#pragma once

#include "simd.hpp"

namespace strata::onednn::STRATA_ISA {

#if defined(__AVX512BF16__)
struct PairProduct {
  const Half* a;
  const std::uint32_t* b;
  float* c;
  std::int64_t m, n, k;                      // n: a multiple of kWidth; k: pairs
  std::int64_t a_row, a_pair, b_row, c_row;  // in elements: of A halves, of B words
  bool add;
};

template <int kRows, int kVectors>
STRATA_INLINE void pair_block(const PairProduct& p, std::int64_t i, std::int64_t j) {
  Floats sums[kRows][kVectors];
  float* c = p.c + i * p.c_row + j;
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) sums[r][v] = p.add ? load(c + r * p.c_row + v * kWidth) : Floats{};
  }
  const Half* a = p.a + i * p.a_row;
  const std::uint32_t* b = p.b + j;
  for (std::int64_t at = 0; at < p.k; ++at, a += p.a_pair, b += p.b_row) {
    __m512bh row[kVectors];
    for (int v = 0; v < kVectors; ++v) row[v] = (__m512bh)_mm512_loadu_si512(b + v * kWidth);
    for (int r = 0; r < kRows; ++r) {
      std::int32_t pair;
      __builtin_memcpy(&pair, a + r * p.a_row, sizeof pair);
      const __m512bh x = (__m512bh)_mm512_set1_epi32(pair);
      for (int v = 0; v < kVectors; ++v) sums[r][v] = (Floats)_mm512_dpbf16_ps((__m512)sums[r][v], x, row[v]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) store(c + r * p.c_row + v * kWidth, sums[r][v]);
  }
}

// Rows in blocks of nearly equal height, at most kMost.
template <int kMost, int kVectors>
inline void pair_columns(const PairProduct& p, std::int64_t j) {
  const std::int64_t blocks = (p.m + kMost - 1) / kMost;
  for (std::int64_t block = 0; block < blocks; ++block) {
    const std::int64_t i = p.m * block / blocks;
    with_count<kMost>(p.m * (block + 1) / blocks - i,
                      [&](auto known) { pair_block<decltype(known)::value, kVectors>(p, i, j); });
  }
}

inline void multiply(const PairProduct& p) {
  std::int64_t j = 0;
  for (; j + 4 * kWidth <= p.n; j += 4 * kWidth) pair_columns<6, 4>(p, j);
  if (j + 2 * kWidth <= p.n) {
    pair_columns<12, 2>(p, j);
    j += 2 * kWidth;
  }
  if (j < p.n) pair_columns<16, 1>(p, j);
}
#endif

}  // namespace strata::onednn::STRATA_ISA
