// exp, log, tanh, sigmoid over vectors: own polynomials, fitted to the smallest largest relative error; within 2 units
// in the last place of float32 (plugins/backends/onednn/README.md has the measured errors).
#pragma once

#include "simd.hpp"

namespace strata::onednn::STRATA_ISA {

// x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds n to the nearest integer into the low bits of the sum.
struct Reduced {
  Floats r;
  Words n;  // the rounded sum's bits: n sits in the low bits, (n << 23) scales an exponent
};
STRATA_INLINE Reduced reduce_exponent(Floats x) {
  constexpr float kRound = 12582912.0F;
  const Floats shifted = x * 1.44269504088896341F + kRound;
  const Floats n = shifted - kRound;
  Floats r = x - n * 0.693359375F;
  r = r + n * 2.12194440e-4F;
  return {r, bits_of(shifted)};
}

// e^r - 1 for |r| <= ln 2 / 2.
STRATA_INLINE Floats expm1_reduced(Floats r) {
  Floats p = r * 0x1.6d9908p-10F + 0x1.1227fep-7F;
  p = p * r + 0x1.555486p-5F;
  p = p * r + 0x1.5554bp-3F;
  p = p * r + 0.5F;
  return (r * r) * p + r;
}

// 0 below -87.33 (results under the smallest normal number), infinity above 88.72, NaN for NaN.
STRATA_INLINE Floats exp(Floats x) {
  const Floats clamped = smaller(larger(x, broadcast(-87.5F)), broadcast(89.0F));
  const Reduced v = reduce_exponent(clamped);
  const Floats p = expm1_reduced(v.r) + 1.0F;
  // 2^n in two halves, as n = 128 does not fit an exponent
  const Words low = (Words)((Ints)(v.n << 9) >> 10);  // n / 2, rounded down
  const Floats half = floats_of((low + 127U) << 23);
  const Floats rest = floats_of((((Words)((Ints)(v.n << 9) >> 9) - low) + 127U) << 23);
  Floats y = p * half * rest;
  y = x < -87.33654F ? Floats{} : y;
  return x == x ? y : x;
}

// For x <= 0, as after subtracting the largest: two multiplications less.
STRATA_INLINE Floats exp_negative(Floats x) {
  const Reduced v = reduce_exponent(larger(broadcast(-87.33F), x));  // in this order NaN passes
  const Floats y = floats_of(bits_of(expm1_reduced(v.r) + 1.0F) + (v.n << 23));
  return x < -87.33F ? Floats{} : y;
}

// tanh x = m / (m + 2) with m = e^(2x) - 1 = 2^n (e^r - 1) + (2^n - 1), which keeps the relative error near 0.
STRATA_INLINE Floats tanh(Floats x) {
  const Floats twice = smaller(larger(x + x, broadcast(-20.0F)), broadcast(20.0F));
  const Reduced v = reduce_exponent(twice);
  const Floats scale = floats_of((v.n << 23) + 0x3F800000U);
  const Floats m = scale * expm1_reduced(v.r) + (scale - 1.0F);
  const Floats y = m / (m + 2.0F);
  return x == x ? y : x;
}

STRATA_INLINE Floats sigmoid(Floats x) {
  const Floats negative = smaller(larger(-x, broadcast(-87.0F)), broadcast(87.0F));
  const Reduced v = reduce_exponent(negative);
  const Floats e = floats_of(bits_of(expm1_reduced(v.r) + 1.0F) + (v.n << 23));
  const Floats y = 1.0F / (e + 1.0F);
  return x == x ? y : x;
}

// log x; -infinity for 0, NaN below, infinity for infinity. Subnormal numbers are scaled first.
STRATA_INLINE Floats log(Floats x) {
  const Ints tiny = x < 1.17549435e-38F;
  const Floats scaled = tiny ? x * 8388608.0F : x;
  const Words word = bits_of(scaled);
  // mantissa into [sqrt(1/2), sqrt(2)): subtract the bits of sqrt(1/2), keep the exponent
  const Ints exponent = (Ints)(word - 0x3F3504F3U) >> 23;
  const Floats f = floats_of(word - ((Words)exponent << 23)) - 1.0F;
  Floats e = __builtin_convertvector(exponent, Floats);
  e = tiny ? e - 23.0F : e;
  Floats p = f * -0.07859545869678224F + 0.12881622396737177F;
  p = p * f + -0.13128767632306493F;
  p = p * f + 0.14181196113372138F;
  p = p * f + -0.1662455314439119F;
  p = p * f + 0.20002286084081305F;
  p = p * f + -0.25000810428049036F;
  p = p * f + 0.33333316727463885F;
  Floats y = f * f * f * p - 0.5F * (f * f) + e * -2.12194440e-4F;
  y = y + f;
  y = y + e * 0.693359375F;
  const Floats infinity = broadcast(__builtin_inff());
  y = x == 0.0F ? -infinity : y;
  y = x == infinity ? x : y;
  return (x >= 0.0F) ? y : broadcast(__builtin_nanf(""));
}

}  // namespace strata::onednn::STRATA_ISA
