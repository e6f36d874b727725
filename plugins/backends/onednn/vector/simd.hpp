// Vectors of the width that the file is compiled for. Every vector/*.cpp is compiled once per instruction set, with
// STRATA_ISA naming the namespace; nothing here may leave a shared inline function behind, or the linker could give a
// baseline caller AVX-512 code. Hence no standard templates, and everything always_inline in that namespace.
#pragma once

#include <cstdint>
#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

#ifndef STRATA_ISA
#error "vector sources are compiled once per instruction set (see CMakeLists.txt)"
#endif

#define STRATA_INLINE inline __attribute__((always_inline))

namespace strata::onednn::STRATA_ISA {

#if defined(__AVX512F__)
constexpr int kWidth = 16;
#elif defined(__AVX2__)
constexpr int kWidth = 8;
#else
constexpr int kWidth = 4;
#endif

typedef float Floats __attribute__((vector_size(kWidth * 4)));
typedef std::int32_t Ints __attribute__((vector_size(kWidth * 4)));
typedef std::uint32_t Words __attribute__((vector_size(kWidth * 4)));
typedef std::uint16_t Halves __attribute__((vector_size(kWidth * 2)));

// bfloat16 as bits: arithmetic happens in float.
struct Half {
  std::uint16_t bits;
};

// By the instruction that reads one number from memory: a sum with zeros would add, and take a port of the multiplier.
STRATA_INLINE Floats broadcast(float x) {
#if defined(__AVX512F__)
  return (Floats)_mm512_set1_ps(x);
#elif defined(__AVX2__)
  return (Floats)_mm256_set1_ps(x);
#else
  return Floats{x, x, x, x};
#endif
}
STRATA_INLINE Words bits_of(Floats x) { return (Words)x; }
STRATA_INLINE Floats floats_of(Words x) { return (Floats)x; }

STRATA_INLINE Floats load(const float* p) {
  Floats x;
  __builtin_memcpy(&x, p, sizeof x);
  return x;
}
STRATA_INLINE Floats load(const Half* p) {
  Halves h;
  __builtin_memcpy(&h, p, sizeof h);
  return floats_of(__builtin_convertvector(h, Words) << 16);
}
STRATA_INLINE void store(float* p, Floats x) { __builtin_memcpy(p, &x, sizeof x); }

// Rounds to nearest even; NaN stays NaN (quiet). The instruction also makes subnormal numbers zero.
STRATA_INLINE Halves to_halves(Floats x) {
#if defined(__AVX512BF16__)
  return (Halves)_mm512_cvtneps_pbh((__m512)x);
#else
  const Words word = bits_of(x);
  const Words rounded = (word + 0x7FFFU + ((word >> 16) & 1U)) >> 16;
  const Words quiet = (word >> 16) | 0x40U;
  const Words chosen = (x == x) ? rounded : quiet;
  return __builtin_convertvector(chosen, Halves);
#endif
}
STRATA_INLINE void store(Half* p, Floats x) {
  const Halves h = to_halves(x);
  __builtin_memcpy(p, &h, sizeof h);
}

// The first n elements (0 < n < kWidth); the others read as `fill` and are not written.
STRATA_INLINE Floats load_part(const float* p, std::int64_t n, float fill = 0) {
#if defined(__AVX512F__)
  return (Floats)_mm512_mask_loadu_ps(_mm512_set1_ps(fill), static_cast<__mmask16>((1U << n) - 1U), p);
#else
  float lanes[kWidth];
  for (int i = 0; i < kWidth; ++i) lanes[i] = i < n ? p[i] : fill;
  return load(lanes);
#endif
}
STRATA_INLINE Floats load_part(const Half* p, std::int64_t n, float fill = 0) {
  float lanes[kWidth];
  for (int i = 0; i < kWidth; ++i) {
    const std::uint32_t word = i < n ? static_cast<std::uint32_t>(p[i].bits) << 16U : 0U;
    float value;
    __builtin_memcpy(&value, &word, sizeof value);
    lanes[i] = i < n ? value : fill;
  }
  return load(lanes);
}
STRATA_INLINE void store_part(float* p, Floats x, std::int64_t n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1U << n) - 1U), (__m512)x);
#else
  float lanes[kWidth];
  store(lanes, x);
  for (int i = 0; i < n; ++i) p[i] = lanes[i];
#endif
}
STRATA_INLINE void store_part(Half* p, Floats x, std::int64_t n) {
  Half lanes[kWidth];
  store(lanes, x);
  for (int i = 0; i < n; ++i) p[i] = lanes[i];
}

STRATA_INLINE float load_one(const float* p) { return *p; }
STRATA_INLINE float load_one(const Half* p) {
  const std::uint32_t word = static_cast<std::uint32_t>(p->bits) << 16U;
  float value;
  __builtin_memcpy(&value, &word, sizeof value);
  return value;
}

STRATA_INLINE Floats smaller(Floats a, Floats b) { return a < b ? a : b; }
STRATA_INLINE Floats larger(Floats a, Floats b) { return a > b ? a : b; }

// x with its halves (quarters, ...) exchanged, for folding a vector into one number.
template <int kDistance>
STRATA_INLINE Floats exchanged(Floats x) {
  Ints order;
  for (int i = 0; i < kWidth; ++i) order[i] = i ^ kDistance;
#if defined(__clang__)
  Floats y;
  for (int i = 0; i < kWidth; ++i) y[i] = x[i ^ kDistance];
  (void)order;
  return y;
#else
  return __builtin_shuffle(x, order);
#endif
}
STRATA_INLINE float sum(Floats x) {
  if constexpr (kWidth >= 16) x += exchanged<8>(x);
  if constexpr (kWidth >= 8) x += exchanged<4>(x);
  x += exchanged<2>(x);
  x += exchanged<1>(x);
  return x[0];
}
STRATA_INLINE float largest(Floats x) {
  if constexpr (kWidth >= 16) x = larger(x, exchanged<8>(x));
  if constexpr (kWidth >= 8) x = larger(x, exchanged<4>(x));
  x = larger(x, exchanged<2>(x));
  x = larger(x, exchanged<1>(x));
  return x[0];
}

template <int... k>
struct Lanes {};
template <int n, int... k>
struct LanesTo : LanesTo<n - 1, n - 1, k...> {};
template <int... k>
struct LanesTo<0, k...> {
  using All = Lanes<k...>;
};
template <int k, int kDistance, int kUpper>
struct PairLane {
  static constexpr int value = k / kDistance * 2 * kDistance + k % kDistance + kUpper * kDistance;
};
template <int kDistance, class V, int... k>
STRATA_INLINE V folded_pair(V a, V b, Lanes<k...>) {
  return __builtin_shufflevector(a, b, PairLane<k, kDistance, 0>::value...) +
         __builtin_shufflevector(a, b, PairLane<k, kDistance, 1>::value...);
}
// Lane i becomes the sum of x[i]'s lanes: two shuffles and an addition a pair, a third of kWidth single sums. x is used
// up.
template <class V>
STRATA_INLINE V sums_of(V (&x)[kWidth]) {
  using All = typename LanesTo<kWidth>::All;
  constexpr int kHalf = kWidth / 2;
  for (int i = 0; i < kHalf; ++i) x[i] = folded_pair<kHalf>(x[2 * i], x[2 * i + 1], All{});
  if constexpr (kWidth >= 16) {
    for (int i = 0; i < kWidth / 4; ++i) x[i] = folded_pair<kWidth / 4>(x[2 * i], x[2 * i + 1], All{});
  }
  if constexpr (kWidth >= 8) {
    for (int i = 0; i < 2; ++i) x[i] = folded_pair<2>(x[2 * i], x[2 * i + 1], All{});
  }
  return folded_pair<1>(x[0], x[1], All{});
}

STRATA_INLINE Floats root(Floats x) {
#if defined(__AVX512F__)
  return (Floats)_mm512_maskz_sqrt_ps(0xFFFF, (__m512)x);
#elif defined(__AVX2__)
  return (Floats)_mm256_sqrt_ps((__m256)x);
#else
  Floats y;
  for (int i = 0; i < kWidth; ++i) y[i] = __builtin_sqrtf(x[i]);
  return y;
#endif
}

// Calls body(i, count) over [0, n): count is kWidth, but less for what is left at the end.
template <class Body>
STRATA_INLINE void sweep(std::int64_t n, const Body& body) {
  std::int64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) body(i, kWidth);
  if (i < n) body(i, n - i);
}

template <int kCount>
struct Count {
  static constexpr int value = kCount;
};
// body(Count<n>{}) for 1 <= n <= kMost: loops whose trip counts the compiler knows.
template <int kMost, class Body>
STRATA_INLINE void with_count(std::int64_t n, const Body& body) {
  if constexpr (kMost > 1) {
    if (n < kMost) return with_count<kMost - 1>(n, body);
  }
  body(Count<kMost>{});
}

// Whole or partial, by n: for the bodies of sweep (the whole case folds away in the main loop).
template <class T>
STRATA_INLINE Floats get(const T* p, std::int64_t n, float fill = 0) {
  return n == kWidth ? load(p) : load_part(p, n, fill);
}
template <class T>
STRATA_INLINE void put(T* p, Floats x, std::int64_t n) {
  if (n == kWidth) {
    store(p, x);
  } else {
    store_part(p, x, n);
  }
}

}  // namespace strata::onednn::STRATA_ISA
