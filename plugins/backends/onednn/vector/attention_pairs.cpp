// One head of attention in bfloat16, in tiles as in attention.cpp, but with products of pairs (AVX512-BF16): twice as
// many a cycle, and of queries, keys and values nothing is widened. Sums and the softmax are in floats; its weights and
// their gradients are rounded before they are multiplied, as is usual on GPUs.
#include "attention_tile.hpp"
#include "product_pairs.hpp"
#include "transpose.hpp"

namespace strata::onednn::STRATA_ISA {

#if defined(__AVX512BF16__)
namespace {

constexpr std::int64_t kScores = 2 * kTile;  // floats from a pair of rows of scores to the next

STRATA_INLINE std::int64_t halved(std::int64_t n) { return (n + 1) / 2; }
STRATA_INLINE __mmask16 first_lanes(std::int64_t n) {
  return static_cast<__mmask16>(n >= kWidth ? 0xFFFFU : n <= 0 ? 0U : (1U << n) - 1U);
}
STRATA_INLINE Words halves_at(const Half* from, __mmask16 mask) {
  return __builtin_convertvector((Halves)_mm256_maskz_loadu_epi16(mask, from), Words);
}
STRATA_INLINE Words word_of(Floats low, Floats high) {
  return __builtin_convertvector(to_halves(low), Words) | __builtin_convertvector(to_halves(high), Words) << 16;
}
STRATA_INLINE void store_words(void* to, Words x) { __builtin_memcpy(to, &x, sizeof x); }

// x [rows,width] with pairs along its rows turned: tiles [width / 2][kTile] of words; zero beyond the rows.
void turn_pairs(const Half* x, std::int64_t x_row, std::int64_t rows, std::int64_t width, std::uint32_t* to) {
  const std::int64_t words = width / 2;
  for (std::int64_t tile = 0; tile < rows; tile += kTile, to += words * kTile) {
    for (std::int64_t r = 0; r < kTile && tile + r < rows; r += kWidth) {
      for (std::int64_t i = 0; i < words; i += kWidth) {
        Words block[kWidth];
        const __mmask16 mask = first_lanes(words - i);
        for (int j = 0; j < kWidth; ++j) {
          const std::int64_t row = tile + r + j;
          block[j] = row < rows ? (Words)_mm512_maskz_loadu_epi32(mask, x + row * x_row + 2 * i) : Words{};
        }
        transpose(block);
        for (int j = 0; j < kWidth && i + j < words; ++j) store_words(to + (i + j) * kTile + r, block[j]);
      }
    }
  }
}

// x [rows,width] with pairs along its columns: [rows / 2][padded width] of words; zero beyond.
void pair_rows(const Half* x, std::int64_t x_row, std::int64_t rows, std::int64_t width, std::uint32_t* to) {
  const std::int64_t padded = attention_padded(width);
  for (std::int64_t r = 0; r < rows; r += 2, x += 2 * x_row, to += padded) {
    for (std::int64_t i = 0; i < padded; i += kWidth) {
      const __mmask16 mask = first_lanes(width - i);
      const Words low = halves_at(x + i, mask);
      store_words(to + i, r + 1 < rows ? low | halves_at(x + x_row + i, mask) << 16 : low);
    }
  }
}

// The scratch of a call; all of it fits in attention_scratch().
struct PairRoom {
  std::uint32_t *keys, *values, *key_rows, *queries, *outputs_in;
  float *outputs, *scores, *more_scores, *factors, *row_a, *row_b;

  explicit PairRoom(const AttentionHead& h) {
    const std::int64_t rows = h.keys + kTile, d = attention_padded(h.width), e = attention_padded(h.value_width);
    float* at = h.scratch;
    const auto take = [&](std::int64_t n) {
      float* taken = at;
      at += n;
      return taken;
    };
    const auto words = [&](std::int64_t n) { return reinterpret_cast<std::uint32_t*>(take(n)); };
    keys = words(rows * d / 2);
    values = words(rows * e / 2);
    key_rows = words(halved(h.keys) * d);
    queries = words(kQueries / 2 * d);
    outputs_in = words(kQueries / 2 * e);
    outputs = take(kQueries * (d > e ? d : e));
    scores = take(kQueries * kTile);
    more_scores = take(kQueries * kTile);
    factors = take(kQueries * kTile + 128);
    row_a = take(kQueries);
    row_b = take(kQueries);
  }
};

// Which of the keys j0 + j to j0 + j + 15 a query sees.
STRATA_INLINE __mmask16 visible(const AttentionHead& h, std::int64_t query, std::int64_t j0, std::int64_t j,
                                std::int64_t count) {
  const __mmask16 mask = first_lanes(seen(h, query, j0, count) - j);
  if (h.mask == nullptr) return mask;
  const __m128i bytes = _mm_maskz_loadu_epi8(mask, h.mask + query * h.mask_row + j0 + j);
  return _mm_test_epi8_mask(bytes, bytes);
}

// A row of scores times the scale, -infinity where nothing is seen.
STRATA_INLINE Floats scaled(const AttentionHead& h, const float* scores, __mmask16 mask) {
  return (Floats)_mm512_mask_mul_ps(_mm512_set1_ps(-__builtin_inff()), mask, (__m512)load(scores),
                                    _mm512_set1_ps(h.scale));
}

// The scores of `rows` queries from i0 on for `count` keys from j0 on, unscaled.
STRATA_INLINE void score_pairs(const PairRoom& room, const AttentionHead& h, std::int64_t i0, std::int64_t rows,
                               std::int64_t j0, std::int64_t count) {
  multiply({static_cast<const Half*>(h.q) + i0 * h.q_row, room.keys + j0 * (h.width / 2), room.scores, rows,
            attention_padded(count), h.width / 2, h.q_row, 2, kTile, kTile, false});
}

void weights_of_row(const AttentionHead& h, std::int64_t query, std::int64_t j0, std::int64_t count, float* scores,
                    const float* factors, float* highest, float* total, float* before) {
  const std::int64_t padded = attention_padded(count);
  for (std::int64_t j = 0; j < padded; j += kWidth) {
    store(scores + j, scaled(h, scores + j, visible(h, query, j0, j, count)));
  }
  *before = soften(scores, padded, highest, total);
  for (std::int64_t j = 0; j < padded; j += kWidth) {
    Floats weight = load(scores + j);
    if (factors != nullptr) weight *= get(factors + j, least(count - j, kWidth));
    store(reinterpret_cast<Half*>(scores) + j, weight);  // no further than what was read
  }
}

}  // namespace

bool pairs_fit(const AttentionHead& h) { return h.width % 2 == 0 && h.value_width % 2 == 0; }

void attention_pairs(const AttentionHead& h) {
  const PairRoom room(h);
  const std::int64_t e = attention_padded(h.value_width);
  std::uint32_t* value_rows = room.values;
  turn_pairs(static_cast<const Half*>(h.k), h.k_row, h.keys, h.width, room.keys);
  pair_rows(static_cast<const Half*>(h.v), h.v_row, h.keys, h.value_width, value_rows);
  for (std::int64_t i0 = 0; i0 < h.queries; i0 += kQueries) {
    const std::int64_t rows = least(kQueries, h.queries - i0);
    for (std::int64_t i = 0; i < rows; ++i) room.row_a[i] = -__builtin_inff(), room.row_b[i] = 0;
    bool any = false;
    for (std::int64_t j0 = 0; j0 < h.keys; j0 += kTile) {
      const std::int64_t count = least(kTile, h.keys - j0);
      if (seen(h, i0 + rows - 1, j0, count) == 0) break;
      score_pairs(room, h, i0, rows, j0, count);
      const Factors factors(h, i0, rows, j0, count, room.factors);
      for (std::int64_t i = 0; i < rows; ++i) {
        float before = 1;
        weights_of_row(h, i0 + i, j0, count, room.scores + i * kTile,
                       factors.values == nullptr ? nullptr : factors.values + i * factors.stride, room.row_a + i,
                       room.row_b + i, &before);
        if (!any || before == 1) continue;
        rescale(room.outputs + i * e, e, before);
      }
      multiply({reinterpret_cast<const Half*>(room.scores), value_rows + j0 / 2 * e, room.outputs, rows, e,
                halved(count), 2 * kTile, 2, e, e, any});
      any = true;
    }
    for (std::int64_t i = 0; !any && i < rows * e; ++i) room.outputs[i] = 0;  // nothing is seen
    write_rows<Half>(h, i0, rows, room.outputs, room.row_a, room.row_b);
  }
}

namespace {

// What a pair of rows of scores and of dP becomes: in the first row of scores the weights after dropout as pairs of the
// two queries, in the second their gradients as such pairs, in place of dP each row's gradients by themselves.
struct Gradients {
  const AttentionHead& h;
  const PairRoom& room;
  const float* delta;
  const Factors& factors;
  std::int64_t i0, rows, j0, count;

  struct Pair {
    Floats weight, gradient;
  };
  STRATA_INLINE Pair of(std::int64_t i, std::int64_t j) const {
    const Floats score = scaled(h, room.scores + i * kTile + j, visible(h, i0 + i, j0, j, count));
    const Floats p = exp_negative(score - h.lse[i0 + i]), g = load(room.more_scores + i * kTile + j);
    const Floats f = factors.values == nullptr ? broadcast(1)
                                               : get(factors.values + i * factors.stride + j, least(count - j, kWidth));
    const Pair pair{p * f, p * (g * f - delta[i]) * h.scale};
    store(reinterpret_cast<Half*>(room.more_scores + i * kTile) + j, pair.gradient);
    return pair;
  }
  void run() const {
    const std::int64_t padded = attention_padded(count);
    for (std::int64_t i = 0; i < rows; i += 2) {
      float* scores = room.scores + i * kTile;
      for (std::int64_t j = 0; j < padded; j += kWidth) {
        const Pair a = of(i, j), b = i + 1 < rows ? of(i + 1, j) : Pair{};
        store_words(scores + j, word_of(a.weight, b.weight));
        store_words(scores + kTile + j, word_of(a.gradient, b.gradient));
      }
    }
  }
};

}  // namespace

void attention_pairs_backward(const AttentionHeadBackward& call) {
  const AttentionHead& h = call.head;
  const PairRoom room(h);
  const std::int64_t d = attention_padded(h.width), e = attention_padded(h.value_width);
  turn_pairs(static_cast<const Half*>(h.k), h.k_row, h.keys, h.width, room.keys);
  turn_pairs(static_cast<const Half*>(h.v), h.v_row, h.keys, h.value_width, room.values);
  pair_rows(static_cast<const Half*>(h.k), h.k_row, h.keys, h.width, room.key_rows);
  if (call.first) {
    for (std::int64_t i = 0; i < h.keys * d; ++i) call.dk[i] = 0;
    for (std::int64_t i = 0; i < h.keys * e; ++i) call.dv[i] = 0;
  }
  float *dq = room.outputs, *delta = room.row_a;
  for (std::int64_t i0 = 0; i0 < h.queries; i0 += kQueries) {
    const std::int64_t rows = least(kQueries, h.queries - i0);
    const Half* dy = static_cast<const Half*>(call.dy) + i0 * call.dy_row;
    pair_rows(static_cast<const Half*>(h.q) + i0 * h.q_row, h.q_row, rows, h.width, room.queries);
    pair_rows(dy, call.dy_row, rows, h.value_width, room.outputs_in);
    deltas<Half>(h, dy, call.dy_row, i0, rows, delta);
    bool any = false;
    for (std::int64_t j0 = 0; j0 < h.keys; j0 += kTile) {
      const std::int64_t count = least(kTile, h.keys - j0), padded = attention_padded(count);
      if (seen(h, i0 + rows - 1, j0, count) == 0) break;
      score_pairs(room, h, i0, rows, j0, count);
      multiply({dy, room.values + j0 * (h.value_width / 2), room.more_scores, rows, padded, h.value_width / 2,
                call.dy_row, 2, kTile, kTile, false});
      const Factors factors(h, i0, rows, j0, count, room.factors);
      Gradients{h, room, delta, factors, i0, rows, j0, count}.run();
      // dV += P^T dY, dK += dS^T Q, dQ += dS K
      const auto* pairs = reinterpret_cast<const Half*>(room.scores);
      multiply({pairs, room.outputs_in, call.dv + j0 * e, count, e, halved(rows), 2, 2 * kScores, e, e, true});
      multiply({pairs + kScores, room.queries, call.dk + j0 * d, count, d, halved(rows), 2, 2 * kScores, d, d, true});
      multiply({reinterpret_cast<const Half*>(room.more_scores), room.key_rows + j0 / 2 * d, dq, rows, d, halved(count),
                2 * kTile, 2, d, d, any});
      any = true;
    }
    if (call.dq == nullptr) continue;
    for (std::int64_t i = 0; i < rows; ++i) {
      Half* to = static_cast<Half*>(call.dq) + (i0 + i) * call.dq_row;
      sweep(h.width, [&](std::int64_t c, std::int64_t n) { put(to + c, any ? load(dq + i * d + c) : Floats{}, n); });
    }
  }
}

#endif

}  // namespace strata::onednn::STRATA_ISA
