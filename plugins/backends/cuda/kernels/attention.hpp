// What the kernels of sdpa share: where the rows of a tile lie, which keys a query sees, what dropout makes of a
// weight. q [R,Tq,H,D], k [B,Tk,K,D], v [B,Tk,K,E] -> [R,Tq,H,E]. All queries of the same keys stand in one list, as
// keys are read once for them: of sentence b and key head kh (a pair), those of beams r of b, heads h of kh and times,
// in this order.
#pragma once

#include "kernels/block.hpp"
#include "kernels/tensor_core.hpp"
#include "strata/ops/random_bits.hpp"

namespace strata::cuda {

constexpr int kAttentionWarps = 4, kAttentionRows = 16 * kAttentionWarps;  // rows of a block: 16 a warp
constexpr int kAttentionWidth = 128;                                       // of heads, at most

// A tensor [rows, time, heads, width].
struct HeadRows {
  void* data = nullptr;
  std::int64_t row = 0, time = 0, head = 0, element = 0;  // strides
  std::int32_t width = 0;
  bool chunks = false;  // 16 bytes at a time are aligned

  HeadRows() = default;
  explicit HeadRows(const View& view)
      : data(view.data),
        row(stride_of(view, 0)),
        time(stride_of(view, 1)),
        head(stride_of(view, 2)),
        element(stride_of(view, 3)),
        width(static_cast<std::int32_t>(view.size(3))) {
    const auto size = static_cast<std::int64_t>(size_of(view.dtype));
    chunks = (width == 1 || element == 1) && (row | time | head) * size % 16 == 0 &&
             reinterpret_cast<std::uintptr_t>(data) % 16 == 0;
  }

 private:
  static std::int64_t stride_of(const View& view, int axis) { return view.shape[axis] == 1 ? 0 : view.strides[axis]; }
};

struct AttentionMask {
  const std::uint8_t* data = nullptr;  // null: none
  std::int64_t row = 0, head = 0, query = 0, key = 0;
};

// Of weights [R,H,Tq,Tk], as the dropout op draws for them.
struct AttentionDropout {
  std::uint64_t key = 0;
  std::int64_t call = 0;
  const std::int64_t* step = nullptr;  // on the device: it changes from step to step
  std::uint32_t threshold = 0;         // 0: none
  float kept = 1;

  STRATA_BOTH PhiloxBlock block(std::int64_t element) const { return random_block(key, call, *step, element / 4); }
  STRATA_BOTH float of(const PhiloxBlock& block, std::int64_t element) const {
    const int i = static_cast<int>(element % 4);
    const std::uint32_t word =
        i < 2 ? (i == 0 ? block.word[0] : block.word[1]) : (i == 2 ? block.word[2] : block.word[3]);
    return word >= threshold ? kept : 0.0F;
  }
};

// Which query it is.
struct AttentionQuery {
  std::int64_t row;
  std::int32_t head, time;
};

// Which columns of a warp's sums are needed: bit i for the 16 from 16 i on.
STRATA_BOTH inline unsigned first_columns(int count) {
  return count <= 0 ? 0U : (1U << (static_cast<unsigned>(count + 15) / 16U)) - 1U;
}
STRATA_BOTH inline bool needed(unsigned columns, int tile) {
  return (columns >> (static_cast<unsigned>(tile) / 2U) & 1U) != 0;
}

struct Attention {
  HeadRows q, k, v;
  AttentionMask mask;
  AttentionDropout drop;
  std::int32_t queries, keys, heads, group, beams, key_heads;
  std::int32_t pairs, listed;  // sentences times key heads; queries of a pair
  float scale;
  bool causal;

  STRATA_BOTH AttentionQuery query(int pair, int at) const {
    const int b = pair / key_heads, kh = pair % key_heads;
    if (beams == 1 && group == 1) return {b, kh, at};
    const int of_row = group * queries, in_row = at % of_row;
    return {std::int64_t{b} * beams + at / of_row, kh * group + in_row / queries, in_row % queries};
  }
  // In lists of numbers [R,H,Tq].
  STRATA_BOTH std::int64_t place(const AttentionQuery& one) const {
    return (one.row * heads + one.head) * queries + one.time;
  }
  // How many keys a query sees by the order of time.
  STRATA_BOTH int seen(int time) const {
    const int count = causal ? keys - queries + time + 1 : keys;
    return count < 0 ? 0 : count;
  }
  // The most that any of the `count` queries listed from `first` on sees; times rise within a head.
  STRATA_BOTH int seen_by(int first, int count) const {
    const bool one_head = first / queries == (first + count - 1) / queries;
    return seen(one_head ? (first + count - 1) % queries : queries - 1);
  }
  // Columns for the keys [first_key, first_key + count) that any of the 16 queries listed from `at` on sees.
  STRATA_BOTH unsigned key_columns(int at, int first_key, int count) const {
    if (at >= listed) return 0;
    const int sees = seen_by(at, listed - at < 16 ? listed - at : 16) - first_key;
    return first_columns(sees < count ? sees : count);
  }
  // Columns for the `count` queries listed from `first` on of which any sees the key.
  STRATA_BOTH unsigned query_columns(int first, int count, int key) const {
    unsigned columns = 0;
    for (int i = 0; i < count && key < keys; i += 16) {
      if (seen_by(first + i, count - i < 16 ? count - i : 16) > key) columns |= 1U << (static_cast<unsigned>(i) / 16U);
    }
    return columns;
  }
  STRATA_BOTH static std::int64_t offset(const HeadRows& tensor, const AttentionQuery& one) {
    return one.row * tensor.row + one.head * tensor.head + one.time * tensor.time;
  }
  STRATA_BOTH std::int64_t key_offset(const HeadRows& tensor, int pair, int key) const {
    return pair / key_heads * tensor.row + pair % key_heads * tensor.head + key * tensor.time;
  }
};

// What has to be known of each of kCount queries beside its elements.
template <int kCount>
struct QueryFacts {
  std::int64_t mask[kCount];     // where its keys' begin
  std::int64_t element[kCount];  // of its first weight, for dropout
  float lse[kCount], delta[kCount];
  std::int32_t seen[kCount];  // 0 beyond the list

  // Of slot i: query `at` of the list. lse_of, delta_of [R,H,Tq]: what backward reads, or null.
  STRATA_BOTH void set(int i, const Attention& of, int pair, int at, const float* lse_of, const float* delta_of) {
    if (at >= of.listed) {
      mask[i] = element[i] = 0, lse[i] = delta[i] = 0, seen[i] = 0;
      return;
    }
    const AttentionQuery one = of.query(pair, at);
    const std::int64_t place = of.place(one);
    mask[i] = one.row * of.mask.row + one.head * of.mask.head + one.time * of.mask.query;
    element[i] = place * of.keys;
    seen[i] = of.seen(one.time);
    lse[i] = lse_of != nullptr ? lse_of[place] : 0.0F;
    delta[i] = delta_of != nullptr ? delta_of[place] : 0.0F;
  }
  STRATA_BOTH bool sees(int i, const Attention& of, int key) const {
    return key < seen[i] && (of.mask.data == nullptr || of.mask.data[mask[i] + key * of.mask.key] != 0);
  }
};

// A tile of rows of up to kWidth elements in shared memory, rows 16 bytes further apart than they are long, so that
// eight of them that follow each other lie in different banks.
template <class T, int kCount, int kWidth>
struct AttentionTile {
  static constexpr int kChunk = 16 / static_cast<int>(sizeof(T)), kRow = kWidth + kChunk;
  alignas(16) T values[kCount * kRow];

  STRATA_BOTH const T* row(int i) const { return values + i * kRow; }

  // A thread's share of loading `count` rows: row i from offset_of(i); zeros behind the rows and behind the width, up
  // to a multiple of 16 of both.
  template <class OffsetOf>
  STRATA_BOTH void load(int thread, int threads, const HeadRows& from, int count, const OffsetOf& offset_of) {
    constexpr int kChunks = kWidth / kChunk;
    const int padded = (from.width + 15) / 16 * 16, rows = (count + 15) / 16 * 16;
    for (int i = thread; i < rows * kChunks; i += threads) {
      const int row = i / kChunks, column = i % kChunks * kChunk;
      if (column >= padded) continue;
      T* to = values + row * kRow + column;
      const bool there = row < count;
      const T* at = static_cast<const T*>(from.data) + (there ? offset_of(row) : 0) + column * from.element;
      if (there && from.chunks && column + kChunk <= from.width) {
        copy_chunk<16>(to, at);
        continue;
      }
      for (int c = 0; c < kChunk; ++c) to[c] = there && column + c < from.width ? at[c * from.element] : T{};
    }
  }
};

// Products of tiles by a warp. Sums are [16, 8 kTiles] in floats, in the layout of tensor_core.hpp.
template <int kTiles>
using WarpSums = Lanes<float>[kTiles][4];

// sums = a b^T: 16 rows of a, 8 kTiles of b, of `width` elements. Columns that are not needed are zeros.
template <int kTiles, class T, int kCountA, int kCountB, int kWidth>
STRATA_BOTH void multiply_rows(const BlockWarp& warp, const AttentionTile<T, kCountA, kWidth>& a, int first_a,
                               const AttentionTile<T, kCountB, kWidth>& b, int width, unsigned columns,
                               WarpSums<kTiles>& sums) {
  constexpr int kRow = AttentionTile<T, kCountA, kWidth>::kRow;
  static_assert(kCountB == 8 * kTiles && kTiles % 2 == 0);
  STRATA_UNROLL
  for (int t = 0; t < kTiles; ++t) {
    STRATA_UNROLL
    for (int i = 0; i < 4; ++i) warp.each([&](int lane) { sums[t][i][lane] = 0; });
  }
  if constexpr (sizeof(T) == 2) {
    for (int k = 0; k < width; k += 16) {
      Lanes<std::uint32_t> left[4], right[4];
      load_matrices<false>(warp, left, a.row(first_a), [&](int lane) { return lane % 16 * kRow + k + lane / 16 * 8; });
      STRATA_UNROLL
      for (int t = 0; t < kTiles; t += 2) {
        if (!needed(columns, t)) continue;
        load_matrices<false>(warp, right, b.row(8 * t),
                             [&](int lane) { return (lane / 16 * 8 + lane % 8) * kRow + k + lane / 8 % 2 * 8; });
        multiply_add<T>(warp, sums[t], left, right[0], right[1]);
        multiply_add<T>(warp, sums[t + 1], left, right[2], right[3]);
      }
    }
  } else {
    warp.each([&](int lane) {
      const T *upper = a.row(first_a + lane / 4), *lower = upper + 8 * kRow, *column = b.row(lane % 4 * 2);
      for (int k = 0; k < width; k += 4) {
        alignas(16) float x[4], y[4];
        copy_chunk<16>(x, upper + k);
        copy_chunk<16>(y, lower + k);
        STRATA_UNROLL
        for (int t = 0; t < kTiles; ++t) {
          if (!needed(columns, t)) continue;
          STRATA_UNROLL
          for (int c = 0; c < 2; ++c) {
            alignas(16) float z[4];
            copy_chunk<16>(z, column + (8 * t + c) * kRow + k);
            STRATA_UNROLL
            for (int i = 0; i < 4; ++i) {
              sums[t][c][lane] += x[i] * z[i];
              sums[t][2 + c][lane] += y[i] * z[i];
            }
          }
        }
      }
    });
  }
}

// sums [16, width] += weights [16, 8 kTiles] b: weights rounded to T, as is usual. Weights that are not needed are
// zeros.
template <int kTiles, class T, int kWidth>
STRATA_BOTH void add_weighted(const BlockWarp& warp, const WarpSums<kTiles>& weights,
                              const AttentionTile<T, 8 * kTiles, kWidth>& b, int width, unsigned columns,
                              WarpSums<kWidth / 8>& sums) {
  constexpr int kRow = AttentionTile<T, 8 * kTiles, kWidth>::kRow;
  if constexpr (sizeof(T) == 2) {
    STRATA_UNROLL
    for (int t = 0; t < kTiles; t += 2) {
      if (!needed(columns, t)) continue;
      Lanes<std::uint32_t> left[4], right[4];
      STRATA_UNROLL
      for (int word = 0; word < 4; ++word) {
        const Lanes<float>(&from)[4] = weights[t + word / 2];
        warp.each([&](int lane) {
          left[word][lane] = rounded_pair<T>(from[word % 2 * 2][lane], from[word % 2 * 2 + 1][lane]);
        });
      }
      STRATA_UNROLL
      for (int n = 0; n < kWidth / 8; n += 2) {
        if (8 * n >= width) continue;
        load_matrices<true>(warp, right, b.row(8 * t),
                            [&](int lane) { return lane % 16 * kRow + 8 * n + lane / 16 * 8; });
        multiply_add<T>(warp, sums[n], left, right[0], right[1]);
        multiply_add<T>(warp, sums[n + 1], left, right[2], right[3]);
      }
    }
  } else {
    STRATA_UNROLL
    for (int t = 0; t < kTiles; ++t) {
      if (!needed(columns, t)) continue;
      for (int source = 0; source < 4; ++source) {
        STRATA_UNROLL
        for (int c = 0; c < 2; ++c) {
          const Lanes<float> upper = warp.from<4>(weights[t][c], source),
                             lower = warp.from<4>(weights[t][2 + c], source);
          warp.each([&](int lane) {
            const T* row = b.row(8 * t + 2 * source + c) + lane % 4 * 2;
            STRATA_UNROLL
            for (int n = 0; n < kWidth / 8; ++n) {
              if (8 * n >= width) continue;
              alignas(8) float z[2];
              copy_chunk<8>(z, row + 8 * n);
              STRATA_UNROLL
              for (int i = 0; i < 4; ++i) sums[n][i][lane] += (i < 2 ? upper[lane] : lower[lane]) * z[i % 2];
            }
          });
        }
      }
    }
  }
}

// A lane's part of 16 rows of sums, times a factor for each of its two rows, to where the rows lie; at(row): a negative
// offset is not written.
template <class T, int kTiles, class At>
STRATA_BOTH void store_rows(const WarpSums<kTiles>& sums, int lane, const float (&factor)[2], const HeadRows& to,
                            const At& at) {
  STRATA_UNROLL
  for (int half = 0; half < 2; ++half) {
    const std::int64_t offset = at(lane / 4 + 8 * half);
    if (offset < 0) continue;
    T* row = static_cast<T*>(to.data) + offset;
    STRATA_UNROLL
    for (int n = 0; n < kTiles; ++n) {
      const int column = 8 * n + lane % 4 * 2;
      const float first = sums[n][2 * half][lane] * factor[half], second = sums[n][2 * half + 1][lane] * factor[half];
      if (to.chunks && column + 2 <= to.width) {
        if constexpr (sizeof(T) == 2) {
          const std::uint32_t word = rounded_pair<T>(first, second);
          copy_chunk<4>(row + column, &word);
        } else {
          alignas(8) const float words[2] = {first, second};
          copy_chunk<8>(row + column, words);
        }
        continue;
      }
      if (column < to.width) row[column * to.element] = narrowed<T>(first);
      if (column + 1 < to.width) row[(column + 1) * to.element] = narrowed<T>(second);
    }
  }
}

// The higher of two scores; a NaN stays.
struct Highest {
  STRATA_BOTH float operator()(float a, float b) const { return a > b || is_nan(a) ? a : b; }
};

// e^x for x <= 0, as exact as T needs.
template <class T>
STRATA_BOTH float exp_for(float x) {
#if defined(__CUDA_ARCH__)
  if constexpr (sizeof(T) == 2) return __expf(x);
#endif
  return std::exp(x);
}

// Calls visit(T{}, width) with the type of q and the least width of tiles that takes its heads.
template <class Visit>
void with_attention(DType dtype, std::int64_t width, const Visit& visit) {
  with_kernel_float(dtype, [&](auto t) {
    if (width <= 32) return visit(t, std::integral_constant<int, 32>{});
    if (width <= 64) return visit(t, std::integral_constant<int, 64>{});
    visit(t, std::integral_constant<int, kAttentionWidth>{});
  });
}

// attention_forward.cu: y [R,Tq,H,E], lse [R,H,Tq] or null.
void attention_forward(const Attention& of, DType dtype, const HeadRows& y, float* lse, void* stream);

// attention_backward.cu. delta [R,H,Tq]: room. A gradient without data is not wanted.
struct AttentionGradients {
  HeadRows y, dy, dq, dk, dv;
  const float* lse;
  float* delta;
};
void attention_backward(const Attention& of, DType dtype, const AttentionGradients& gradients, void* stream);

}  // namespace strata::cuda
