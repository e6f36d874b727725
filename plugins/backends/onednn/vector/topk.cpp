// The k largest of a row, descending, equals in order of index: a whole vector is skipped unless one of its elements
// beats the k-th so far.
#include "simd.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {
namespace {

STRATA_INLINE bool any(Ints mask) {
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0;
#elif defined(__AVX2__)
  return _mm256_movemask_ps((__m256)mask) != 0;
#else
  std::int32_t all = 0;
  for (int i = 0; i < kWidth; ++i) all |= mask[i];
  return all != 0;
#endif
}

template <class T>
void topk(const TopkRow& row) {
  const auto* x = static_cast<const T*>(row.x);
  std::int64_t held = 0;
  const auto insert = [&](float value, std::int64_t index) {
    if (held == row.k && !(value > row.values[held - 1])) return;
    std::int64_t at = held < row.k ? held++ : held - 1;
    for (; at > 0 && value > row.values[at - 1]; --at) {
      row.values[at] = row.values[at - 1];
      row.indices[at] = row.indices[at - 1];
    }
    row.values[at] = value;
    row.indices[at] = index;
  };
  std::int64_t i = 0;
  for (; i < row.k; ++i) insert(load_one(x + i), i);
  for (; i + 2 * kWidth <= row.count; i += 2 * kWidth) {
    const Floats first = load(x + i), second = load(x + i + kWidth), least = broadcast(row.values[row.k - 1]);
    if (!any((first > least) | (second > least))) continue;
    for (int lane = 0; lane < kWidth; ++lane) insert(first[lane], i + lane);
    for (int lane = 0; lane < kWidth; ++lane) insert(second[lane], i + kWidth + lane);
  }
  for (; i < row.count; ++i) insert(load_one(x + i), i);
}

}  // namespace

void fill_topk(VectorTable& table) {
  table.topk[0] = topk<float>;
  table.topk[1] = topk<Half>;
}

}  // namespace strata::onednn::STRATA_ISA
