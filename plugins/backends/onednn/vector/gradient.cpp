// The weight gradient in bf16: C[m,n] (+)= A^T B, A [k,m] and B [k,n] as forward and backward left them. Both are read
// along k in pairs, so neither is turned over: a pair of A's rows is broadcast, a pair of B's is a vector.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {

#if defined(__AVX512BF16__)
namespace {

constexpr int kRows = 14, kVectors = 2;  // of C in registers, beside two vectors of B and one of A
static_assert(kGradientColumns == kVectors * kWidth);
typedef std::uint16_t Shorts __attribute__((vector_size(kWidth * 4)));
constexpr std::int64_t kBlock = kGradientRows / kRows * kRows;

// Words between two panels: a line more than they hold, as panels of a power of two compete for the same places.
constexpr std::int64_t a_panel(std::int64_t depth) { return depth / 2 * kRows + kWidth; }

STRATA_INLINE Words sixteen(const std::uint16_t* from, __mmask16 mask) {
  return __builtin_convertvector((Halves)_mm256_maskz_loadu_epi16(mask, from), Words);
}

// Up to 16 elements of the row at `from` and (if paired) of the next one, side by side; those from `count` on are zero.
STRATA_INLINE __m512i pairs_at(const std::uint16_t* from, std::int64_t row, std::int64_t count, bool paired) {
  const auto mask = static_cast<__mmask16>(count >= kWidth ? 0xFFFFU : (1U << count) - 1U);
  const Words low = sixteen(from, mask);
  return (__m512i)(paired ? low | sixteen(from + row, mask) << 16 : low);
}

// 32 of them, as two vectors.
STRATA_INLINE void two_vectors_at(const std::uint16_t* from, std::int64_t row, std::uint32_t* to) {
  Shorts front, back;  // numbers of the two rows behind each other: 0, 32, 1, 33, ...
  for (int i = 0; i < 2 * kWidth; ++i) {
    front[i] = static_cast<std::uint16_t>(i / 2 + i % 2 * 2 * kWidth);
    back[i] = static_cast<std::uint16_t>(kWidth + front[i]);
  }
  const __m512i low = _mm512_loadu_si512(from), high = _mm512_loadu_si512(from + row);
  _mm512_storeu_si512(to, _mm512_permutex2var_epi16(low, (__m512i)front, high));
  _mm512_storeu_si512(to + kWidth, _mm512_permutex2var_epi16(low, (__m512i)back, high));
}

// Pairs of rows before the next columns: so long a stretch of a panel is written at once.
constexpr std::int64_t kPairs = 8;

// `rows` columns of A from `first` on, over a stretch of k, as panels of kRows columns.
void pack_a(const GradientProduct& call, std::int64_t k, std::int64_t depth, std::int64_t first, std::int64_t rows) {
  const auto* a = static_cast<const std::uint16_t*>(call.a) + k * call.a_row + first;
  for (std::int64_t begin = 0; 2 * begin < depth; begin += kPairs) {
    const std::int64_t end = 2 * (begin + kPairs) < depth ? begin + kPairs : (depth + 1) / 2;
    std::uint32_t* panel = call.scratch;
    for (std::int64_t i = 0; i < rows; i += kRows, panel += a_panel(call.depth)) {
      const std::int64_t count = rows - i < kRows ? rows - i : kRows;
      const auto mask = static_cast<__mmask16>((1U << count) - 1U);
      for (std::int64_t p = begin; p < end; ++p) {
        _mm512_mask_storeu_epi32(panel + p * kRows, mask,
                                 pairs_at(a + 2 * p * call.a_row + i, call.a_row, count, 2 * p + 1 < depth));
      }
    }
  }
}

void gradient_pack(const GradientPack& call) {
  const auto* b = static_cast<const std::uint16_t*>(call.b);
  for (std::int64_t begin = call.first; begin < call.last; begin += kPairs) {
    const std::int64_t end = begin + kPairs < call.last ? begin + kPairs : call.last;
    std::uint32_t* panel = call.to;
    for (std::int64_t n = 0; n < call.n; n += kGradientColumns, panel += gradient_panel(call.depth)) {
      for (std::int64_t p = begin; p < end; ++p) {
        const auto* from = b + 2 * p * call.b_row + n;
        std::uint32_t* to = panel + p * kGradientColumns;
        const bool paired = 2 * p + 1 < call.k;
        if (paired && n + kGradientColumns <= call.n) {
          two_vectors_at(from, call.b_row, to);
          continue;
        }
        for (int v = 0; v < kVectors; ++v) {
          const std::int64_t left = call.n - n - v * kWidth;
          const __m512i words =
              left > 0 ? pairs_at(from + v * kWidth, call.b_row, left, paired) : _mm512_setzero_si512();
          _mm512_storeu_si512(to + v * kWidth, words);
        }
      }
    }
  }
}

struct Tile {
  const std::uint32_t *a, *b;
  std::int64_t pairs;
  float* c;
  std::int64_t c_row, columns;
  bool add;
};

template <int kCount>
void tile(const Tile& t) {
  Floats sums[kCount][kVectors] = {};
  const std::uint32_t *a = t.a, *b = t.b;
  for (std::int64_t p = 0; p < t.pairs; ++p, a += kRows, b += kGradientColumns) {
    const __m512bh b0 = (__m512bh)_mm512_loadu_si512(b), b1 = (__m512bh)_mm512_loadu_si512(b + kWidth);
    for (int r = 0; r < kCount; ++r) {
      const __m512bh x = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[r]));
      sums[r][0] = (Floats)_mm512_dpbf16_ps((__m512)sums[r][0], x, b0);
      sums[r][1] = (Floats)_mm512_dpbf16_ps((__m512)sums[r][1], x, b1);
    }
  }
  for (int r = 0; r < kCount; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      const std::int64_t left = t.columns - v * kWidth, n = left < kWidth ? left : kWidth;
      if (n <= 0) break;
      float* c = t.c + r * t.c_row + v * kWidth;
      put(c, t.add ? sums[r][v] + get(c, n) : sums[r][v], n);
    }
  }
}

// Rows of C by the block whose part of A stays in the second cache while all panels of B pass.
void gradient_product(const GradientProduct& call) {
  const std::int64_t panels = (call.n + kGradientColumns - 1) / kGradientColumns;
  for (std::int64_t first = call.first; first < call.last; first += kBlock) {
    const std::int64_t rows = call.last - first < kBlock ? call.last - first : kBlock;
    for (std::int64_t k = 0, stretch = 0; k < call.k; k += call.depth, ++stretch) {
      const std::int64_t depth = call.k - k < call.depth ? call.k - k : call.depth;
      pack_a(call, k, depth, first, rows);
      for (std::int64_t j = 0; j < panels; ++j) {
        Tile t{};
        t.b = call.b + (stretch * panels + j) * gradient_panel(call.depth);
        t.pairs = (depth + 1) / 2;
        t.c_row = call.c_row;
        t.columns = call.n - j * kGradientColumns;
        t.add = call.add || k > 0;
        t.a = call.scratch;
        t.c = call.c + first * call.c_row + j * kGradientColumns;
        for (std::int64_t i = 0; i < rows; i += kRows, t.a += a_panel(call.depth), t.c += kRows * call.c_row) {
          with_count<kRows>(rows - i < kRows ? rows - i : kRows, [&](auto count) { tile<decltype(count)::value>(t); });
        }
      }
    }
  }
}

}  // namespace
#endif

void fill_gradient(VectorTable& table) {
#if defined(__AVX512BF16__)
  table.gradient_pack = gradient_pack;
  table.gradient_product = gradient_product;
#else
  (void)table;
#endif
}

}  // namespace strata::onednn::STRATA_ISA
