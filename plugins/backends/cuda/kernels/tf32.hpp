// A float as the sum of two that TF32 holds: 8 bits of exponent as a float, 11 significant bits of its 24.
#pragma once

#include "kernels/element.hpp"

namespace strata::cuda {

// x = high + low within 2^-23 |x|, or 2^-137 where that is more: TF32 has nothing finer than 2^-136. high is x to the
// nearest, ties to even, but the largest that is finite where that would be infinite; low is what is left, likewise. Of
// an infinity or a NaN low is 0, and a NaN keeps no bits that TF32 lacks, or it would be read as infinite.
struct Tf32Pair {
  float high, low;
};

STRATA_BOTH inline float nearest_tf32(float x) {
  constexpr std::uint32_t kDropped = 0x1FFF, kInfinity = 0x7F800000, kLargest = 0x7F7FE000, kNan = 0x7FC00000;
  const std::uint32_t word = word_of_float(x), sign = word & 0x80000000U;
  std::uint32_t size = word & 0x7FFFFFFFU;
  if (size < kInfinity) {
    size = (size + kDropped / 2 + ((size >> 13U) & 1U)) & ~kDropped;
    if (size >= kInfinity) size = kLargest;
  } else if (size > kInfinity) {
    size = kNan;
  }
  return float_of_word(sign | size);
}

STRATA_BOTH inline Tf32Pair split_tf32(float x) {
  const float high = nearest_tf32(x), rest = x - high;  // exact; of what is not finite a NaN
  return {high, rest == rest ? nearest_tf32(rest) : 0.0F};
}

}  // namespace strata::cuda
