// What products of a few rows of x share: so many outputs at once that their sums make a vector.
#pragma once

#include "simd.hpp"

namespace strata::onednn::STRATA_ISA {

// Sums of a weight row: one for each row of x, three being padded to four.
constexpr int padded(int count) { return count == 3 ? 4 : count; }
constexpr int outputs_of(int count) { return kWidth / padded(count); }

// body(o, rows) over [first, last): rows is outputs_of(kCount), but fewer at the end.
template <int kCount, class Body>
STRATA_INLINE void by_outputs(std::int64_t first, std::int64_t last, const Body& body) {
  constexpr int kOutputs = outputs_of(kCount);
  std::int64_t o = first;
  for (; o + kOutputs <= last; o += kOutputs) body(o, kOutputs);
  if (o < last) body(o, static_cast<int>(last - o));
}

}  // namespace strata::onednn::STRATA_ISA
