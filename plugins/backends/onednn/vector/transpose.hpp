// kWidth x kWidth words turned over in registers.
#pragma once

#include "simd.hpp"

namespace strata::onednn::STRATA_ISA {

// Lane l of the result: from a where bit kStep of l is clear, else from b; b (or a) is shifted by kStep lanes.
template <int kStep, bool kUpper>
STRATA_INLINE Words mixed(Words a, Words b) {
#if defined(__clang__)
  Words out;
  for (int l = 0; l < kWidth; ++l) {
    if constexpr (kUpper) {
      out[l] = (l & kStep) != 0 ? b[l] : a[l | kStep];
    } else {
      out[l] = (l & kStep) != 0 ? b[l & ~kStep] : a[l];
    }
  }
  return out;
#else
  Words order;
  for (int l = 0; l < kWidth; ++l) {
    const int from_a = kUpper ? (l | kStep) : l, from_b = kUpper ? l : (l & ~kStep);
    order[l] = static_cast<std::uint32_t>((l & kStep) != 0 ? kWidth + from_b : from_a);
  }
  return __builtin_shuffle(a, b, order);
#endif
}

template <int kStep>
STRATA_INLINE void exchange(Words (&tile)[kWidth]) {
  for (int i = 0; i < kWidth; ++i) {
    if ((i & kStep) != 0) continue;
    const Words a = tile[i], b = tile[i + kStep];
    tile[i] = mixed<kStep, false>(a, b);
    tile[i + kStep] = mixed<kStep, true>(a, b);
  }
}

STRATA_INLINE void transpose(Words (&tile)[kWidth]) {
  exchange<1>(tile);
  exchange<2>(tile);
  if constexpr (kWidth >= 8) exchange<4>(tile);
  if constexpr (kWidth >= 16) exchange<8>(tile);
}

}  // namespace strata::onednn::STRATA_ISA
