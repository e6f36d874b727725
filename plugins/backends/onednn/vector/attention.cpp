// One head of scaled dot-product attention (Vaswani et al., 2017, eq. 1) in tiles, with the softmax of each row carried
// from tile to tile (Dao et al., 2022, "FlashAttention", algorithm 1 and 4): no [Tq,Tk] exists. Sums are in floats
// whatever the elements are.
#include "attention_tile.hpp"
#include "product.hpp"
#include "transpose.hpp"

namespace strata::onednn::STRATA_ISA {

namespace {

// Rows as floats times a factor, padded with zeros.
template <class T>
void widen(const T* x, std::int64_t x_row, std::int64_t rows, std::int64_t width, float factor, float* to) {
  const std::int64_t padded = attention_padded(width);
  for (std::int64_t r = 0; r < rows; ++r, x += x_row, to += padded) {
    sweep(width, [&](std::int64_t i, std::int64_t n) { put(to + i, get(x + i, n) * factor, n); });
    for (std::int64_t i = width; i < padded; ++i) to[i] = 0;
  }
}

// x [rows,width] turned, in tiles of kTile columns: [tiles][width][kTile]; what lies beyond the rows is zero.
template <class T>
void turn(const T* x, std::int64_t x_row, std::int64_t rows, std::int64_t width, float* to) {
  for (std::int64_t tile = 0; tile < rows; tile += kTile, to += width * kTile) {
    for (std::int64_t r = 0; r < kTile && tile + r < attention_padded(rows); r += kWidth) {
      for (std::int64_t i = 0; i < width; i += kWidth) {
        Words block[kWidth];
        const std::int64_t count = least(width - i, kWidth);
        for (int j = 0; j < kWidth; ++j) {
          const std::int64_t row = tile + r + j;
          block[j] = row < rows ? bits_of(get(x + row * x_row + i, count)) : Words{};
        }
        transpose(block);
        for (int j = 0; j < count; ++j) store(to + (i + j) * kTile + r, floats_of(block[j]));
      }
    }
  }
}

// Scores of hidden keys become -infinity.
STRATA_INLINE void hide(const AttentionHead& h, std::int64_t query, std::int64_t j0, std::int64_t count,
                        float* scores) {
  for (std::int64_t j = seen(h, query, j0, count); j < count; ++j) scores[j] = -__builtin_inff();
  if (h.mask == nullptr) return;
  const unsigned char* mask = h.mask + query * h.mask_row + j0;
  for (std::int64_t j = 0; j < count; ++j) scores[j] = mask[j] != 0 ? scores[j] : -__builtin_inff();
}

// The scratch of a call, in the order of its use.
struct Room {
  float *keys, *values, *more_keys, *queries, *outputs, *more_queries, *scores, *more_scores, *factors, *row_a, *row_b;

  explicit Room(const AttentionHead& h) {
    const std::int64_t rows = h.keys + kTile, d = attention_padded(h.width), e = attention_padded(h.value_width);
    float* at = h.scratch;
    const auto take = [&](std::int64_t n) {
      float* taken = at;
      at += n;
      return taken;
    };
    keys = take(rows * d);
    values = take(rows * e);
    more_keys = take(rows * d);
    queries = take(kQueries * d);
    outputs = take(kQueries * e);
    more_queries = take(kQueries * d);
    scores = take(kQueries * kTile);
    more_scores = take(kQueries * kTile);
    factors = take(kQueries * kTile + 128);
    row_a = take(kQueries);
    row_b = take(kQueries);
  }
};

// S [rows,count] = (scale Q) K^T of a tile: q in the room already.
STRATA_INLINE void score_tile(const Room& room, const AttentionHead& h, std::int64_t rows, std::int64_t j0,
                              std::int64_t count) {
  multiply({room.queries, room.keys + j0 * h.width, room.scores, rows, attention_padded(count), h.width,
            attention_padded(h.width), 1, kTile, kTile, false});
}

template <class T>
void forward_tiles(const AttentionHead& h) {
  const Room room(h);
  const std::int64_t e = attention_padded(h.value_width);
  turn(static_cast<const T*>(h.k), h.k_row, h.keys, h.width, room.keys);
  widen(static_cast<const T*>(h.v), h.v_row, h.keys, h.value_width, 1, room.values);
  for (std::int64_t i0 = 0; i0 < h.queries; i0 += kQueries) {
    const std::int64_t rows = least(kQueries, h.queries - i0);
    widen(static_cast<const T*>(h.q) + i0 * h.q_row, h.q_row, rows, h.width, h.scale, room.queries);
    for (std::int64_t i = 0; i < rows; ++i) room.row_a[i] = -__builtin_inff(), room.row_b[i] = 0;
    for (std::int64_t i = 0; i < rows * e; ++i) room.outputs[i] = 0;
    for (std::int64_t j0 = 0; j0 < h.keys; j0 += kTile) {
      const std::int64_t count = least(kTile, h.keys - j0);
      if (seen(h, i0 + rows - 1, j0, count) == 0) break;
      score_tile(room, h, rows, j0, count);
      for (std::int64_t i = 0; i < rows; ++i) {
        float* scores = room.scores + i * kTile;
        hide(h, i0 + i, j0, count, scores);
        const float before = soften(scores, count, room.row_a + i, room.row_b + i);
        if (j0 == 0 || before == 1) continue;
        rescale(room.outputs + i * e, e, before);
      }
      const Factors factors(h, i0, rows, j0, count, room.factors);
      if (factors.values != nullptr) {
        for (std::int64_t i = 0; i < rows; ++i) {
          float* weights = room.scores + i * kTile;
          const float* by = factors.values + i * factors.stride;
          sweep(count,
                [&](std::int64_t j, std::int64_t n) { put(weights + j, get(weights + j, n) * get(by + j, n), n); });
        }
      }
      multiply({room.scores, room.values + j0 * e, room.outputs, rows, e, count, kTile, 1, e, e, true});
    }
    write_rows<T>(h, i0, rows, room.outputs, room.row_a, room.row_b);
  }
}

// Few queries, as in decoding: turning the keys over would cost more than the products. Scores of a query in a row.
template <class T>
void forward_rows(const AttentionHead& h) {
  float* scores = h.scratch;
  float* query = scores + attention_padded(h.keys);
  const auto* values = static_cast<const T*>(h.v);
  for (std::int64_t i = 0; i < h.queries; ++i) {
    widen(static_cast<const T*>(h.q) + i * h.q_row, h.q_row, 1, h.width, h.scale, query);
    const T* key = static_cast<const T*>(h.k);
    std::int64_t j = 0;
    for (; j + 4 <= h.keys; j += 4, key += 4 * h.k_row) {
      Floats sums[4] = {};
      sweep(h.width, [&](std::int64_t c, std::int64_t n) {
        const Floats q = get(query + c, n);
        for (int u = 0; u < 4; ++u) sums[u] += q * get(key + u * h.k_row + c, n);
      });
      for (int u = 0; u < 4; ++u) scores[j + u] = sum(sums[u]);
    }
    for (; j < h.keys; ++j, key += h.k_row) {
      Floats one{};
      sweep(h.width, [&](std::int64_t c, std::int64_t n) { one += get(query + c, n) * get(key + c, n); });
      scores[j] = sum(one);
    }
    hide(h, i, 0, h.keys, scores);
    float highest = -__builtin_inff(), total = 0;
    (void)soften(scores, h.keys, &highest, &total);
    const float scale = total > 0 ? 1 / total : 0;
    T* y = static_cast<T*>(h.y) + i * h.y_row;
    sweep(h.value_width, [&](std::int64_t c, std::int64_t n) {
      Floats one{};
      const T* value = values + c;
      for (std::int64_t at = 0; at < h.keys; ++at, value += h.v_row) one += get(value, n) * scores[at];
      put(y + c, one * scale, n);
    });
    if (h.lse != nullptr) h.lse[i] = total > 0 ? highest + __builtin_logf(total) : __builtin_inff();
  }
}

template <class T>
void attention(const AttentionHead& h) {
  constexpr std::int64_t kFew = 4;
  if (h.queries <= kFew && h.drop.threshold == 0) return forward_rows<T>(h);
#if defined(__AVX512BF16__)
  if constexpr (sizeof(T) == sizeof(Half)) {
    if (pairs_fit(h)) return attention_pairs(h);
  }
#endif
  forward_tiles<T>(h);
}

template <class T>
void attention_backward(const AttentionHeadBackward& call) {
  const AttentionHead& h = call.head;
#if defined(__AVX512BF16__)
  if constexpr (sizeof(T) == sizeof(Half)) {
    if (pairs_fit(h)) return attention_pairs_backward(call);
  }
#endif
  const Room room(h);
  const std::int64_t d = attention_padded(h.width), e = attention_padded(h.value_width);
  turn(static_cast<const T*>(h.k), h.k_row, h.keys, h.width, room.keys);
  turn(static_cast<const T*>(h.v), h.v_row, h.keys, h.value_width, room.values);
  widen(static_cast<const T*>(h.k), h.k_row, h.keys, h.width, 1, room.more_keys);
  if (call.first) {
    for (std::int64_t i = 0; i < h.keys * d; ++i) call.dk[i] = 0;
    for (std::int64_t i = 0; i < h.keys * e; ++i) call.dv[i] = 0;
  }
  float *dy = room.outputs, *dq = room.more_queries, *delta = room.row_a;
  for (std::int64_t i0 = 0; i0 < h.queries; i0 += kQueries) {
    const std::int64_t rows = least(kQueries, h.queries - i0);
    widen(static_cast<const T*>(h.q) + i0 * h.q_row, h.q_row, rows, h.width, h.scale, room.queries);
    widen(static_cast<const T*>(call.dy) + i0 * call.dy_row, call.dy_row, rows, h.value_width, 1, dy);
    deltas<T>(h, dy, e, i0, rows, delta);
    for (std::int64_t i = 0; i < rows * d; ++i) dq[i] = 0;
    for (std::int64_t j0 = 0; j0 < h.keys; j0 += kTile) {
      const std::int64_t count = least(kTile, h.keys - j0), padded = attention_padded(count);
      if (seen(h, i0 + rows - 1, j0, count) == 0) break;
      score_tile(room, h, rows, j0, count);
      multiply({dy, room.values + j0 * h.value_width, room.more_scores, rows, padded, h.value_width, e, 1, kTile, kTile,
                false});
      const Factors factors(h, i0, rows, j0, count, room.factors);
      for (std::int64_t i = 0; i < rows; ++i) {
        float *weights = room.scores + i * kTile, *gradient = room.more_scores + i * kTile;
        hide(h, i0 + i, j0, count, weights);
        const float lse = h.lse[i0 + i];
        const float* by = factors.values == nullptr ? nullptr : factors.values + i * factors.stride;
        sweep(count, [&](std::int64_t j, std::int64_t n) {
          const Floats p = exp_negative(get(weights + j, n) - lse);
          const Floats g = get(gradient + j, n);
          const Floats f = by == nullptr ? broadcast(1) : get(by + j, n);
          put(weights + j, p * f, n);
          put(gradient + j, p * (g * f - delta[i]), n);
        });
      }
      // dV += P^T dY, dK += dS^T (scale Q), dQ += dS K
      multiply({room.scores, dy, call.dv + j0 * e, count, e, rows, 1, kTile, e, e, true});
      multiply({room.more_scores, room.queries, call.dk + j0 * d, count, d, rows, 1, kTile, d, d, true});
      multiply({room.more_scores, room.more_keys + j0 * d, dq, rows, d, count, kTile, 1, d, d, true});
    }
    if (call.dq == nullptr) continue;
    for (std::int64_t i = 0; i < rows; ++i) {
      T* to = static_cast<T*>(call.dq) + (i0 + i) * call.dq_row;
      sweep(h.width, [&](std::int64_t c, std::int64_t n) { put(to + c, get(dq + i * d + c, n) * h.scale, n); });
    }
  }
}

}  // namespace

void fill_attention(VectorTable& table) {
  table.attention[0] = attention<float>;
  table.attention[1] = attention<Half>;
  table.attention_backward[0] = attention_backward<float>;
  table.attention_backward[1] = attention_backward<Half>;
}

}  // namespace strata::onednn::STRATA_ISA
