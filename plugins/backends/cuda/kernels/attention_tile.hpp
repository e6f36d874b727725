// Tiles of attention in shared memory and their products by a warp.
#pragma once

#include "kernels/attention.hpp"

namespace strata::cuda {

constexpr int kAttentionWarps = 4, kAttentionRows = 16 * kAttentionWarps;  // rows of a block: 16 a warp

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

// Calls visit(T{}, width) with the type of q and the least width of tiles that takes its heads.
template <class Visit>
void with_attention(DType dtype, std::int64_t width, const Visit& visit) {
  with_kernel_float(dtype, [&](auto t) {
    if (width <= 32) return visit(t, std::integral_constant<int, 32>{});
    if (width <= 64) return visit(t, std::integral_constant<int, 64>{});
    visit(t, std::integral_constant<int, kAttentionWidth>{});
  });
}

}  // namespace strata::cuda
