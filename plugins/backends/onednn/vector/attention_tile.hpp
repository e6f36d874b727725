// What the tiles of attention share, whatever multiplies them: what a query sees, the running softmax, dropout's
// factors.
#pragma once

#include "math.hpp"
#include "table.hpp"

namespace strata::onednn::STRATA_ISA {

void keep_factors(const DropoutCall& call, std::int64_t first, std::int64_t count, float* to);  // random.cpp

#if defined(__AVX512BF16__)
// attention_pairs.cpp: bfloat16 multiplied as it is.
bool pairs_fit(const AttentionHead& head);
void attention_pairs(const AttentionHead& head);
void attention_pairs_backward(const AttentionHeadBackward& call);
#endif

constexpr std::int64_t kTile = kAttentionTile, kQueries = kAttentionQueries;

STRATA_INLINE std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

// How many keys of the tile at `j0` a query sees by the order of time.
STRATA_INLINE std::int64_t seen(const AttentionHead& h, std::int64_t query, std::int64_t j0, std::int64_t count) {
  if (!h.causal) return count;
  const std::int64_t last = h.keys - h.queries + query - j0 + 1;
  return last < 0 ? 0 : least(last, count);
}

// What dropout multiplies the weights of a tile by, [rows] of `stride` floats.
struct Factors {
  const float* values = nullptr;
  std::int64_t stride = 0;

  Factors(const AttentionHead& h, std::int64_t i0, std::int64_t rows, std::int64_t j0, std::int64_t count,
          float* room) {
    if (h.drop.threshold == 0) return;
    values = room;
    const std::int64_t first = h.first_element + i0 * h.keys + j0;
    if (count == h.keys) {  // rows follow each other: one run
      stride = count;
      keep_factors(h.drop, first, rows * count, room);
      return;
    }
    stride = kTile;
    for (std::int64_t i = 0; i < rows; ++i) keep_factors(h.drop, first + i * h.keys, count, room + i * kTile);
  }
};

// One row's part of the running softmax: scores become weights relative to the row's highest so far; returns what
// the sums before have to be multiplied by.
STRATA_INLINE float soften(float* scores, std::int64_t count, float* highest, float* total) {
  const float lowest = -__builtin_inff();
  Floats top = broadcast(*highest);
  sweep(count, [&](std::int64_t j, std::int64_t n) { top = larger(top, get(scores + j, n, lowest)); });
  const float now = largest(top);
  if (now == lowest) {  // nothing is seen yet
    for (std::int64_t j = 0; j < count; ++j) scores[j] = 0;
    return 1;
  }
  Floats sums{};
  sweep(count, [&](std::int64_t j, std::int64_t n) {
    const Floats e = exp_negative(get(scores + j, n, lowest) - now);
    sums += e;
    put(scores + j, e, n);
  });
  const float before = *highest == lowest ? 0 : exp_negative(broadcast(*highest - now))[0];
  *total = *total * before + sum(sums);
  *highest = now;
  return before;
}

// What a tile finds of a higher score makes of the sums before it.
STRATA_INLINE void rescale(float* sums, std::int64_t padded, float by) {
  for (std::int64_t c = 0; c < padded; c += kWidth) store(sums + c, load(sums + c) * by);
}

// `rows` outputs from query i0 on: the sums [rows, padded width] over their totals; and what backward needs of them.
template <class T>
STRATA_INLINE void write_rows(const AttentionHead& h, std::int64_t i0, std::int64_t rows, const float* sums,
                              const float* highest, const float* totals) {
  const std::int64_t e = attention_padded(h.value_width);
  for (std::int64_t i = 0; i < rows; ++i) {
    const float total = totals[i], scale = total > 0 ? 1 / total : 0;
    T* y = static_cast<T*>(h.y) + (i0 + i) * h.y_row;
    sweep(h.value_width, [&](std::int64_t c, std::int64_t n) { put(y + c, get(sums + i * e + c, n) * scale, n); });
    if (h.lse != nullptr) h.lse[i0 + i] = total > 0 ? highest[i] + __builtin_logf(total) : __builtin_inff();
  }
}

// The row sums of dy * y: what the softmax's gradient subtracts, dropped weights or not. dy: the rows from i0 on.
template <class T, class D>
STRATA_INLINE void deltas(const AttentionHead& h, const D* dy, std::int64_t dy_row, std::int64_t i0, std::int64_t rows,
                          float* to) {
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* y = static_cast<const T*>(h.y) + (i0 + i) * h.y_row;
    Floats total{};
    sweep(h.value_width, [&](std::int64_t c, std::int64_t n) { total += get(y + c, n) * get(dy + i * dy_row + c, n); });
    to[i] = sum(total);
  }
}

}  // namespace strata::onednn::STRATA_ISA
