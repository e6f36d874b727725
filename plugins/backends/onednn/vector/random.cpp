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

// The words of blocks [first, first + kWidth): to[4 i + w] is word w of block first + i.
STRATA_INLINE void draw(const DropoutCall& call, std::int64_t first, std::uint32_t* to) {
  Words c0, c1;
  for (int i = 0; i < kWidth; ++i) {
    const auto block = static_cast<std::uint64_t>(first + i);
    c0[i] = static_cast<std::uint32_t>(block);
    c1[i] = static_cast<std::uint32_t>(block >> 32U) | (static_cast<std::uint32_t>(call.call) << 16U);
  }
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
  const Words words[4] = {c0, c1, c2, c3};
  for (int w = 0; w < 4; ++w) {
    for (int i = 0; i < kWidth; ++i) to[4 * i + w] = words[w][i];
  }
}

template <class T>
void dropout(const DropoutCall& call) {
  const auto* x = static_cast<const T*>(call.x);
  auto* y = static_cast<T*>(call.y);
  constexpr std::int64_t kRun = 4 * kWidth;  // elements of one draw
  for (std::int64_t i = call.first / kRun * kRun; i < call.last; i += kRun) {
    alignas(64) std::uint32_t word[kRun];
    draw(call, i / 4, word);
    for (int j = 0; j < 4; ++j) {
      const std::int64_t at = i + j * kWidth;
      const std::int64_t skip = at < call.first ? call.first - at : 0;
      const std::int64_t count = (call.last - at < kWidth ? call.last - at : kWidth);
      if (count <= 0 || skip >= count) continue;
      Words own;
      __builtin_memcpy(&own, word + j * kWidth, sizeof own);
      if (skip == 0) {
        const Floats v = get(x + at, count) * call.scale;
        put(y + at, own >= call.threshold ? v : Floats{}, count);
        continue;
      }
      for (std::int64_t n = skip; n < count; ++n) {
        const Floats v = broadcast(load_one(x + at + n)) * call.scale;
        store_part(y + at + n, own[n] >= call.threshold ? v : Floats{}, 1);
      }
    }
  }
}

}  // namespace

// to[i]: what element first + i is multiplied by, 0 or the scale.
void keep_factors(const DropoutCall& call, std::int64_t first, std::int64_t count, float* to) {
  constexpr std::int64_t kRun = 4 * kWidth;
  const std::int64_t last = first + count;
  for (std::int64_t i = first / kRun * kRun; i < last; i += kRun) {
    alignas(64) std::uint32_t word[kRun];
    draw(call, i / 4, word);
    float factor[kRun];
    for (int j = 0; j < kRun; j += kWidth) {
      Words own;
      __builtin_memcpy(&own, word + j, sizeof own);
      store(factor + j, own >= call.threshold ? broadcast(call.scale) : Floats{});
    }
    const std::int64_t from = i < first ? first : i, to_end = i + kRun < last ? i + kRun : last;
    __builtin_memcpy(to + (from - first), factor + (from - i), static_cast<std::size_t>(to_end - from) * sizeof(float));
  }
}

void fill_random(VectorTable& table) {
  table.dropout[0] = dropout<float>;
  table.dropout[1] = dropout<Half>;
}

}  // namespace strata::onednn::STRATA_ISA
