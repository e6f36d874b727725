// Dropout (Srivastava et al., 2014) with Philox4x32-10 (Salmon et al., 2011), kWidth blocks of four words at a time.
// The words are those of random_block() in strata/ops/random_bits.hpp: every backend draws the same mask.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

#if defined(__AVX512F__)
STRATA_INLINE void multiply_wide(Words a, std::uint32_t b, Words* low, Words* high) {
  const __m512i x = (__m512i)a, y = _mm512_set1_epi32(static_cast<int>(b));
  const __m512i even = _mm512_maskz_mul_epu32(0xFF, x, y),
                odd = _mm512_maskz_mul_epu32(0xFF, _mm512_maskz_srli_epi64(0xFF, x, 32), y);
  *low = (Words)_mm512_mask_blend_epi32(0xAAAA, even, _mm512_maskz_slli_epi64(0xFF, odd, 32));
  *high = (Words)_mm512_mask_blend_epi32(0xAAAA, _mm512_maskz_srli_epi64(0xFF, even, 32), odd);
}
#elif defined(__AVX2__)
STRATA_INLINE void multiply_wide(Words a, std::uint32_t b, Words* low, Words* high) {
  const __m256i x = (__m256i)a, y = _mm256_set1_epi32(static_cast<int>(b));
  const __m256i even = _mm256_mul_epu32(x, y), odd = _mm256_mul_epu32(_mm256_srli_epi64(x, 32), y);
  *low = (Words)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
  *high = (Words)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}
#else
STRATA_INLINE void multiply_wide(Words a, std::uint32_t b, Words* low, Words* high) {
  for (int i = 0; i < kWidth; ++i) {
    const std::uint64_t product = std::uint64_t{a[i]} * b;
    (*low)[i] = static_cast<std::uint32_t>(product);
    (*high)[i] = static_cast<std::uint32_t>(product >> 32U);
  }
}
#endif

// Two vectors as one: lane k is from a where `kFromA` says so, by what `kLane` says.
#if defined(__clang__)
#define STRATA_SHUFFLE(a, b, FROM_A, LANE_A, LANE_B)                              \
  Words out;                                                                      \
  for (int k = 0; k < kWidth; ++k) out[k] = (FROM_A) ? (a)[LANE_A] : (b)[LANE_B]; \
  return out
#else
#define STRATA_SHUFFLE(a, b, FROM_A, LANE_A, LANE_B)                                                               \
  Words order;                                                                                                     \
  for (int k = 0; k < kWidth; ++k) order[k] = static_cast<std::uint32_t>((FROM_A) ? (LANE_A) : kWidth + (LANE_B)); \
  return __builtin_shuffle(a, b, order)
#endif

// a[base], b[base], a[base + 1], b[base + 1], ...
template <int kBase>
STRATA_INLINE Words paired(Words a, Words b) {
  STRATA_SHUFFLE(a, b, k % 2 == 0, kBase + k / 2, kBase + k / 2);
}
// Two of a, two of b, and so on, from lane `kBase` on.
template <int kBase>
STRATA_INLINE Words doubled(Words a, Words b) {
  STRATA_SHUFFLE(a, b, k % 4 < 2, kBase + k / 4 * 2 + k % 2, kBase + k / 4 * 2 + k % 2);
}
#undef STRATA_SHUFFLE

constexpr std::int64_t kRun = 4 * kWidth;  // elements of one draw

// The words of elements [first, first + kRun); first is a multiple of 4.
struct Draw {
  Words words[4];

  STRATA_INLINE Draw(const DropoutCall& call, std::int64_t first) {
    Words lane;
    for (int i = 0; i < kWidth; ++i) lane[i] = static_cast<std::uint32_t>(i);
    const auto block = static_cast<std::uint64_t>(first / 4);
    const auto low = static_cast<std::uint32_t>(block);
    Words c0 = lane + low;
    Words c1 = (static_cast<std::uint32_t>(block >> 32U) | (static_cast<std::uint32_t>(call.call) << 16U)) -
               (Words)(c0 < low);  // a lane that ran over carries one: true is -1
    const auto step = static_cast<std::uint64_t>(call.step);
    Words c2 = Words{} + static_cast<std::uint32_t>(step), c3 = Words{} + static_cast<std::uint32_t>(step >> 32U);
    std::uint32_t k0 = static_cast<std::uint32_t>(call.key), k1 = static_cast<std::uint32_t>(call.key >> 32U);
    for (int round = 0; round < 10; ++round) {
      Words low0, high0, low1, high1;
      multiply_wide(c0, 0xD2511F53U, &low0, &high0);
      multiply_wide(c2, 0xCD9E8D57U, &low1, &high1);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 += 0x9E3779B9U;
      k1 += 0xBB67AE85U;
    }
    // Lane i of the four counters has the words of elements 4 i to 4 i + 3.
    constexpr int kHalf = kWidth / 2;
    const Words front = paired<0>(c0, c1), front2 = paired<0>(c2, c3);
    const Words back = paired<kHalf>(c0, c1), back2 = paired<kHalf>(c2, c3);
    words[0] = doubled<0>(front, front2);
    words[1] = doubled<kHalf>(front, front2);
    words[2] = doubled<0>(back, back2);
    words[3] = doubled<kHalf>(back, back2);
  }
};

// y = x * scale where the element is kept, else 0; plus `more` where there is some.
template <class T, bool kAdds>
STRATA_INLINE void drop(const DropoutCall& call) {
  const auto* x = static_cast<const T*>(call.x);
  const auto* more = static_cast<const T*>(call.addend);
  auto* y = static_cast<T*>(call.y);
  const auto kept = [&](Words own, Floats v) { return own >= call.threshold ? v * call.scale : Floats{}; };
  for (std::int64_t i = call.first / kRun * kRun; i < call.last; i += kRun) {
    const Draw draw(call, i);
    for (int j = 0; j < 4; ++j) {
      const std::int64_t at = i + j * kWidth;
      const std::int64_t skip = at < call.first ? call.first - at : 0;
      const std::int64_t count = (call.last - at < kWidth ? call.last - at : kWidth);
      if (count <= 0 || skip >= count) continue;
      if (skip == 0) {
        const Floats v = kept(draw.words[j], get(x + at, count));
        put(y + at, kAdds ? v + get(more + at, count) : v, count);
        continue;
      }
      for (std::int64_t n = skip; n < count; ++n) {
        const Floats v = kept(draw.words[j], broadcast(load_one(x + at + n)));
        store_part(y + at + n, broadcast(v[n] + (kAdds ? load_one(more + at + n) : 0.0F)), 1);
      }
    }
  }
}

template <class T>
void dropout(const DropoutCall& call) {
  if (call.addend != nullptr) return drop<T, true>(call);
  drop<T, false>(call);
}

}  // namespace

// to[i]: what element first + i is multiplied by, 0 or the scale.
void keep_factors(const DropoutCall& call, std::int64_t first, std::int64_t count, float* to) {
  const std::int64_t last = first + count;
  for (std::int64_t i = first / kRun * kRun; i < last; i += kRun) {
    const Draw draw(call, i);
    const auto factor = [&](int j) { return draw.words[j] >= call.threshold ? broadcast(call.scale) : Floats{}; };
    if (i >= first && i + kRun <= last) {
      for (int j = 0; j < 4; ++j) store(to + (i - first) + j * kWidth, factor(j));
      continue;
    }
    float part[kRun];
    for (int j = 0; j < 4; ++j) store(part + j * kWidth, factor(j));
    const std::int64_t from = i < first ? first : i, end = i + kRun < last ? i + kRun : last;
    __builtin_memcpy(to + (from - first), part + (from - i), static_cast<std::size_t>(end - from) * sizeof(float));
  }
}

void fill_random(VectorTable& table) {
  table.dropout[0] = dropout<float>;
  table.dropout[1] = dropout<Half>;
}

}  // namespace strata::onednn::STRATA_ISA
