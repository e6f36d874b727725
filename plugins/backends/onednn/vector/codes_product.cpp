// Products of 8-bit codes for the rows of a decoding step: x [rows,K] by a weight [O,K], scaled, biased and activated
// while the sums are still in registers.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {

#if defined(__AVX512VNNI__)
namespace {

constexpr int kRows = kCodeRows, kVectors = 2;  // of sums in registers, beside two vectors of the weight and one of x
static_assert(kCodeColumns == kVectors * kWidth);

// Four neighbours along k of kCodeColumns rows of the weight, side by side: [K / 4][kCodeColumns] words a panel.
void codes_pack(const std::int8_t* codes, std::int64_t rows, std::int64_t width, std::int32_t* to) {
  for (std::int64_t k = 0; k < width; k += 4) {
    for (std::int64_t o = 0; o < kCodeColumns; ++o, ++to) {
      *to = 0;
      if (o < rows)
        __builtin_memcpy(to, codes + o * width + k, static_cast<std::size_t>(width - k < 4 ? width - k : 4));
    }
  }
}

// sums + u8 by s8, four by four. The sums are vectors of int: as __m512i, GCC 12 copies each of them twice.
STRATA_INLINE Ints with_products(Ints sums, __m512i x, __m512i weight) {
  return (Ints)_mm512_dpbusd_epi32((__m512i)sums, x, weight);
}

template <int kCount>
void tile(const CodesProduct& call, const std::int32_t* x, const std::int32_t* weight, std::int64_t row,
          std::int64_t column) {
  Ints sums[kCount][kVectors] = {};
  const std::int64_t words = (call.width + 3) / 4;
  for (std::int64_t k = 0; k < words; ++k, weight += kCodeColumns, x += kRows) {
    const __m512i w0 = _mm512_loadu_si512(weight), w1 = _mm512_loadu_si512(weight + kWidth);
    for (int r = 0; r < kCount; ++r) {
      const __m512i four = _mm512_set1_epi32(x[r]);
      sums[r][0] = with_products(sums[r][0], four, w0);
      sums[r][1] = with_products(sums[r][1], four, w1);
    }
  }
  // Through memory, so that the loops below, which are not unrolled, do not keep the sums there from the start.
  Ints whole[kCount][kVectors];
  for (int r = 0; r < kCount; ++r) whole[r][0] = sums[r][0], whole[r][1] = sums[r][1];
  for (int v = 0; v < kVectors; ++v) {
    const std::int64_t o = column + v * kWidth, left = call.outputs - o, n = left < kWidth ? left : kWidth;
    if (n <= 0) break;
    const Ints shift = (Ints)get(reinterpret_cast<const float*>(call.weight_sums + o), n) * 128;  // x is shifted by 128
    const Floats scale = get(call.scale + o, n), bias = call.bias != nullptr ? get(call.bias + o, n) : Floats{};
    for (int r = 0; r < kCount; ++r) {
      Floats y = __builtin_convertvector(whole[r][v] - shift, Floats) * (scale * call.x_scale[row + r]) + bias;
      if (call.relu) y = y < Floats{} ? Floats{} : y;  // NaN stays
      put(call.y + (row + r) * call.y_row + o, y, n);
    }
  }
}

// A panel of the weight stays in the first cache while all rows of x pass.
void codes_product(const CodesProduct& call) {
  const std::int64_t words = (call.width + 3) / 4;
  for (std::int64_t panel = call.first; panel < call.last; ++panel) {
    const std::int32_t* weight = call.weight + panel * words * kCodeColumns;
    const std::int32_t* x = call.x;
    for (std::int64_t row = 0; row < call.rows; row += call.at_once, x += words * kRows) {
      const std::int64_t count = call.rows - row < call.at_once ? call.rows - row : call.at_once;
      with_count<kRows>(count,
                        [&](auto known) { tile<decltype(known)::value>(call, x, weight, row, panel * kCodeColumns); });
    }
  }
}

}  // namespace
#endif

void fill_codes_product(VectorTable& table) {
#if defined(__AVX512VNNI__)
  table.codes_pack = codes_pack;
  table.codes_product = codes_product;
#else
  (void)table;
#endif
}

}  // namespace strata::onednn::STRATA_ISA
