// What attention in one block shares, forward and backward: products in squares of 16 x 16 that the warps share out,
// and what is short enough for it.
#pragma once

#include "kernels/attention_tile.hpp"

namespace strata::cuda {

constexpr int kSquare = 16;
using SquareSums = WarpSums<kSquare / 8>;

// sums [16,16] += a b with `depth` terms, a multiple of 16. a [16,depth] lies by rows, or turned by columns; b
// [depth,16] by columns, or, when deep, by rows.
template <bool kTurned, bool kDeep, class T>
STRATA_BOTH void multiply_square(const BlockWarp& warp, const T* a, int a_row, const T* b, int b_row, int depth,
                                 SquareSums& sums) {
  if constexpr (sizeof(T) == 2) {
    for (int k = 0; k < depth; k += 16) {
      Lanes<std::uint32_t> left[4], right[4];
      load_matrices<kTurned>(warp, left, a, [&](int lane) {
        return kTurned ? (k + lane / 16 * 8 + lane % 8) * a_row + lane / 8 % 2 * 8
                       : lane % 16 * a_row + k + lane / 16 * 8;
      });
      load_matrices<kDeep>(warp, right, b, [&](int lane) {
        return kDeep ? (k + lane % 16) * b_row + lane / 16 * 8
                     : (lane / 16 * 8 + lane % 8) * b_row + k + lane / 8 % 2 * 8;
      });
      multiply_add<T>(warp, sums[0], left, right[0], right[1]);
      multiply_add<T>(warp, sums[1], left, right[2], right[3]);
    }
  } else {
    warp.each([&](int lane) {
      const int row = lane / 4, column = lane % 4 * 2;
      for (int k = 0; k < depth; k += 4) {
        alignas(16) float x[2][4], y[4][4];  // x[half][term], y[column][term]
        STRATA_UNROLL
        for (int half = 0; half < 2; ++half) {
          const int at = row + 8 * half;
          if constexpr (kTurned) {
            STRATA_UNROLL
            for (int term = 0; term < 4; ++term) x[half][term] = a[(k + term) * a_row + at];
          } else {
            copy_chunk<16>(x[half], a + at * a_row + k);
          }
        }
        STRATA_UNROLL
        for (int i = 0; i < 4; ++i) {
          if constexpr (kDeep) {  // here of term i
            alignas(8) float pair[2][2];
            copy_chunk<8>(pair[0], b + (k + i) * b_row + column);
            copy_chunk<8>(pair[1], b + (k + i) * b_row + column + 8);
            y[0][i] = pair[0][0], y[1][i] = pair[0][1], y[2][i] = pair[1][0], y[3][i] = pair[1][1];
          } else {
            copy_chunk<16>(y[i], b + (column + i / 2 * 8 + i % 2) * b_row + k);
          }
        }
        STRATA_UNROLL
        for (int t = 0; t < 2; ++t) {
          STRATA_UNROLL
          for (int i = 0; i < 4; ++i) {
            STRATA_UNROLL
            for (int term = 0; term < 4; ++term) sums[t][i][lane] += x[i / 2][term] * y[2 * t + i % 2][term];
          }
        }
      }
    });
  }
}

// How a pair falls into squares; kSide: the most queries and keys.
template <class T, int kWidth, int kSide>
struct Short {
  static constexpr int kWarps = kSide / 8;  // that pass over 8 rows each
  static constexpr int kScoresRow = kSide + 4, kOwn = kSide / 4;
  using Widths = AttentionTile<T, kSide, kWidth>;
  using Weights = AttentionTile<T, kSide, kSide>;
  using Scores = float[kSide * kScoresRow];

  STRATA_BOTH static int squares(int count) { return (count + kSquare - 1) / kSquare; }
  // scores = a b^T for the squares in which any query sees a key; `first`: this warp's first square.
  STRATA_BOTH static void make_scores(const BlockWarp& warp, int first, const Attention& of, const Widths& a,
                                      const Widths& b, int width, float* scores) {
    const int across = squares(of.keys), all = squares(of.listed) * across;
    for (int i = first; i < all; i += kWarps) {
      const int row = i / across * kSquare, column = i % across * kSquare, left = of.listed - row;
      if (of.seen_by(row, left < kSquare ? left : kSquare) <= column) continue;
      SquareSums sums;
      multiply_square<false, false>(warp, a.row(row), Widths::kRow, b.row(column), Widths::kRow,
                                    squares(width) * kSquare, sums);
      warp.each([&](int lane) {
        STRATA_UNROLL
        for (int k = 0; k < 4; ++k) {
          float* to = scores + (row + lane / 4 + k / 2 * 8) * kScoresRow + column + lane % 4 * 2 + k % 2;
          to[0] = sums[0][k][lane];
          to[8] = sums[1][k][lane];
        }
      });
    }
  }
  // Element i of a lane's share of a row, of eight that follow each other and eight that are 32 further on.
  STRATA_BOTH static int key_of(int lane, int i) { return i / 8 * 32 + lane % 4 * 8 + i % 8; }

  // Square number `n` of the columns of what goes to `to`.
  template <class OffsetOf>
  STRATA_BOTH static void store(const BlockWarp& warp, const SquareSums& sums, const float* factors, float factor,
                                HeadRows to, int n, const OffsetOf& offset_of) {
    to.data = static_cast<T*>(to.data) + n * kSquare * to.element;
    to.width -= n * kSquare;
    warp.each([&](int lane) {
      float by[2] = {factor, factor};
      if (factors != nullptr) by[0] *= factors[lane / 4], by[1] *= factors[lane / 4 + 8];
      store_rows<T>(sums, lane, by, to, offset_of);
    });
  }
};

constexpr int kShort = 32, kLessShort = 64;  // 64 where shared memory allows it: 16 bits, heads up to 64 wide

inline int longer_of(const Attention& of) { return of.listed > of.keys ? of.listed : of.keys; }
inline int wider_of(const Attention& of) { return of.q.width > of.v.width ? of.q.width : of.v.width; }

// Calls visit(T{}, width, side) with the least of both that take it.
template <class Visit>
void with_short(const Attention& of, DType dtype, const Visit& visit) {
  with_attention(dtype, wider_of(of), [&](auto t, auto width) {
    if constexpr (sizeof(t) == 2 && decltype(width)::value <= 64) {
      if (longer_of(of) > kShort) return visit(t, width, std::integral_constant<int, kLessShort>{});
    }
    visit(t, width, std::integral_constant<int, kShort>{});
  });
}

}  // namespace strata::cuda
