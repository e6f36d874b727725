// Products of a few rows by a weight in its own layout: each weight is read once, as a stream, which is all that bounds
// writing a sequence token by token.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

constexpr int kOutputs = 4;  // weight rows at once

// y[m][o] = w[o] . x[m] + bias[o] for kOutputs (or fewer) rows of the weight and kCount rows of x.
template <class W, int kCount>
STRATA_INLINE void outputs(const DotRows& call, std::int64_t o, int rows) {
  Floats sums[kOutputs][kCount] = {};
  const W* weights[kOutputs];
  for (int r = 0; r < kOutputs; ++r) {
    weights[r] = static_cast<const W*>(call.weight) + (o + (r < rows ? r : 0)) * call.weight_row;
  }
  sweep(call.width, [&](std::int64_t i, std::int64_t n) {
    Floats x[kCount];
    for (int m = 0; m < kCount; ++m) x[m] = get(call.x + m * call.width + i, n);
    for (int r = 0; r < kOutputs; ++r) {
      const Floats w = get(weights[r] + i, n);
      for (int m = 0; m < kCount; ++m) sums[r][m] += w * x[m];
    }
  });
  for (int r = 0; r < rows; ++r) {
    const float bias = call.bias != nullptr ? call.bias[o + r] : 0.0F;
    for (int m = 0; m < kCount; ++m) call.y[m * call.y_row + o + r] = sum(sums[r][m]) + bias;
  }
}

template <class W, int kCount>
STRATA_INLINE void all(const DotRows& call) {
  for (std::int64_t o = call.first; o < call.last; o += kOutputs) {
    outputs<W, kCount>(call, o, static_cast<int>(call.last - o < kOutputs ? call.last - o : kOutputs));
  }
}

template <class W>
void dot_rows(const DotRows& call) {
  switch (call.count) {
    case 1: return all<W, 1>(call);
    case 2: return all<W, 2>(call);
    case 3: return all<W, 3>(call);
    default: return all<W, kDotCount>(call);
  }
}

}  // namespace

void fill_dot(VectorTable& table) {
  table.dot_rows[0] = dot_rows<float>;
  table.dot_rows[1] = dot_rows<Half>;
}

}  // namespace strata::onednn::STRATA_ISA
