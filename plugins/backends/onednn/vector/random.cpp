// Dropout (Srivastava et al., 2014) with Philox4x32-10 (Salmon et al., 2011), many blocks of four words at a time.
// The words are those of random_block() in strata/ops/random_bits.hpp: every backend draws the same mask.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

// One word a lane; what stands above it does not matter, as products read the low words alone.
typedef std::uint64_t Lanes64 __attribute__((vector_size(kWidth * 4)));
constexpr int kBlocks = kWidth / 2;  // of a vector

// The whole product of the low words.
STRATA_INLINE Lanes64 multiply_low(Lanes64 a, std::uint32_t b) {
#if defined(__AVX512F__)
  return (Lanes64)_mm512_maskz_mul_epu32(0xFF, (__m512i)a, _mm512_set1_epi64(b));
#elif defined(__AVX2__)
  return (Lanes64)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi64x(b));
#else
  return (a & 0xFFFFFFFFU) * b;
#endif
}

// a[first], b[first], a[first + 1], b[first + 1], ...
template <int kFirst, int... k>
STRATA_INLINE Words alternating(Lanes64 a, Lanes64 b, Lanes<k...>) {
  return (Words)__builtin_shufflevector(a, b, (k % 2 * kBlocks + kFirst + k / 2)...);
}

// Vectors whose rounds run side by side: a round waits for the one before it, another vector's does not.
constexpr int kGroups = kWidth >= 16 ? 4 : 2;
constexpr std::int64_t kRun = kGroups * kBlocks * 4;  // elements of one draw

// The words of elements [first, first + kRun); first is a multiple of kRun.
struct Draw {
  Words words[2 * kGroups];

  STRATA_INLINE Draw(const DropoutCall& call, std::int64_t first) {
    const auto step = static_cast<std::uint64_t>(call.step);
    Lanes64 c0[kGroups], c1[kGroups], c2[kGroups], c3[kGroups];
    for (int g = 0; g < kGroups; ++g) {
      Lanes64 lane;
      for (int i = 0; i < kBlocks; ++i) lane[i] = static_cast<std::uint64_t>(g * kBlocks + i);
      c0[g] = lane + static_cast<std::uint64_t>(first / 4);
      c1[g] = (c0[g] >> 32) | static_cast<std::uint64_t>(call.call) << 16U;
      c2[g] = Lanes64{} + step;
      c3[g] = c2[g] >> 32;
    }
    std::uint32_t k0 = static_cast<std::uint32_t>(call.key), k1 = static_cast<std::uint32_t>(call.key >> 32U);
    for (int round = 0; round < 10; ++round) {
      for (int g = 0; g < kGroups; ++g) {
        const Lanes64 product0 = multiply_low(c0[g], 0xD2511F53U), product1 = multiply_low(c2[g], 0xCD9E8D57U);
        c0[g] = (product1 >> 32) ^ c1[g] ^ k0;
        c2[g] = (product0 >> 32) ^ c3[g] ^ k1;
        c1[g] = product1;
        c3[g] = product0;
      }
      k0 += 0x9E3779B9U;
      k1 += 0xBB67AE85U;
    }
    using All = typename LanesTo<kBlocks>::All;
    for (int g = 0; g < kGroups; ++g) {
      const Lanes64 front = (c0[g] & 0xFFFFFFFFU) | c1[g] << 32, back = (c2[g] & 0xFFFFFFFFU) | c3[g] << 32;
      words[2 * g] = alternating<0>(front, back, All{});
      words[2 * g + 1] = alternating<kBlocks / 2>(front, back, All{});
    }
  }
};

// y = x * scale where the element is kept, else 0; plus `more` where there is some.
template <class T, bool kAdds>
STRATA_INLINE void drop(const DropoutCall& call) {
  const auto* x = static_cast<const T*>(call.x);
  const auto* more = static_cast<const T*>(call.addend);
  auto* y = static_cast<T*>(call.y);
  const auto kept = [&](Words own, Floats v) { return own >= call.threshold ? v * call.scale : Floats{}; };
  const auto whole = [&](Words own, std::int64_t at) {
    const Floats v = kept(own, load(x + at));
    store(y + at, kAdds ? v + load(more + at) : v);
  };
  const auto single = [&](Words own, std::int64_t at) {
    const Floats v = kept(own, broadcast(load_one(x + at)));
    store_part(y + at, kAdds ? v + load_one(more + at) : v, 1);
  };
  for (std::int64_t i = call.first / kRun * kRun; i < call.last; i += kRun) {
    const Draw draw(call, i);
    if (i >= call.first && i + kRun <= call.last) {
      for (int j = 0; j < 2 * kGroups; ++j) whole(draw.words[j], i + j * kWidth);
      continue;
    }
    std::uint32_t words[kRun];
    __builtin_memcpy(words, draw.words, sizeof words);
    const std::int64_t from = i < call.first ? call.first : i, end = i + kRun < call.last ? i + kRun : call.last;
    for (std::int64_t at = from; at < end; ++at) single(Words{} + words[at - i], at);
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
      for (int j = 0; j < 2 * kGroups; ++j) store(to + (i - first) + j * kWidth, factor(j));
      continue;
    }
    float part[kRun];
    for (int j = 0; j < 2 * kGroups; ++j) store(part + j * kWidth, factor(j));
    const std::int64_t from = i < first ? first : i, end = i + kRun < last ? i + kRun : last;
    __builtin_memcpy(to + (from - first), part + (from - i), static_cast<std::size_t>(end - from) * sizeof(float));
  }
}

void fill_random(VectorTable& table) {
  table.dropout[0] = dropout<float>;
  table.dropout[1] = dropout<Half>;
}

}  // namespace strata::onednn::STRATA_ISA
