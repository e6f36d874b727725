// sdpa where all queries and keys of a pair fit in one block. Tiles leave most warps of a block idle there, and a warp
// that has 16 rows alone takes long; here products are made in squares of 16 x 16 that the warps share out, and between
// them four lanes go through each row of scores, dropout's numbers drawn once. Backward is one launch. With p a weight,
// f what dropout makes of it and g = dy v^T (Dao et al., 2022, algorithm 4):
//   dv = (p f)^T dy,  ds = p (g f - sum of p f g over the row),  dq = scale ds k,  dk = scale ds^T q
#include "kernels/attention_tile.hpp"

namespace strata::cuda {
namespace {

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

template <class T, int kWidth, int kSide>
struct ShortKernel : Short<T, kWidth, kSide> {
  using Base = Short<T, kWidth, kSide>;
  using Base::kOwn, Base::kScoresRow, Base::kWarps, Base::squares;
  struct Shared {
    typename Base::Widths q, k, v;
    typename Base::Weights weights;
    alignas(16) typename Base::Scores scores;
    QueryFacts<kSide> facts;
    float factors[kSide];  // one over the sum of a row's exponentials
  };

  Attention of;
  HeadRows y;
  float* lse;

  STRATA_BOTH ShortKernel(const Attention& attention, const HeadRows& result, float* logs)
      : of(attention), y(result), lse(logs) {}

  STRATA_BOTH void operator()(std::int64_t number, const Block<kWarps>& block, Shared& shared) const {
    const int pair = static_cast<int>(number);
    block.threads([&](int thread) {
      constexpr int kThreadCount = Block<kWarps>::kThreadCount;
      for (int i = thread; i < kSide; i += kThreadCount) shared.facts.set(i, of, pair, i, nullptr, nullptr);
      shared.q.load(thread, kThreadCount, of.q, of.listed,
                    [&](int i) { return Attention::offset(of.q, of.query(pair, i)); });
      shared.k.load(thread, kThreadCount, of.k, of.keys, [&](int j) { return of.key_offset(of.k, pair, j); });
      shared.v.load(thread, kThreadCount, of.v, of.keys, [&](int j) { return of.key_offset(of.v, pair, j); });
    });
    block.warps([&](const BlockWarp& warp) {
      Base::make_scores(warp, warp.number(), of, shared.q, shared.k, of.q.width, shared.scores);
    });
    block.warps([&](const BlockWarp& warp) {
      if (8 * warp.number() < squares(of.listed) * kSquare) weigh(warp, pair, shared);
    });
    block.warps([&](const BlockWarp& warp) {
      const int across = squares(of.v.width), all = squares(of.listed) * across;
      for (int i = warp.number(); i < all; i += kWarps) {
        const int row = i / across * kSquare, n = i % across;
        SquareSums sums;
        multiply_square<false, true>(warp, shared.weights.row(row), Base::Weights::kRow, shared.v.row(0) + n * kSquare,
                                     Base::Widths::kRow, squares(of.keys) * kSquare, sums);
        Base::store(warp, sums, shared.factors + row, 1, y, n, [&](int at) -> std::int64_t {
          return row + at < of.listed ? Attention::offset(y, of.query(pair, row + at)) : -1;
        });
      }
    });
  }

  // The weights of eight rows, before they are divided by their sum.
  STRATA_BOTH void weigh(const BlockWarp& warp, int pair, Shared& shared) const {
    const float lowest = -INFINITY;
    Lanes<float> x[kOwn], top, total;
    warp.each([&](int lane) {
      const int row = 8 * warp.number() + lane / 4;
      top[lane] = lowest;
      STRATA_UNROLL
      for (int i = 0; i < kOwn; ++i) {
        const int j = Base::key_of(lane, i);
        x[i][lane] = shared.facts.sees(row, of, j) ? shared.scores[row * kScoresRow + j] * of.scale : lowest;
        top[lane] = Highest{}(x[i][lane], top[lane]);
      }
    });
    warp.all<4>(top, Highest{});
    warp.each([&](int lane) {
      STRATA_UNROLL
      for (int i = 0; i < kOwn; ++i) {
        x[i][lane] = x[i][lane] == lowest ? 0.0F : exp_for<T>(x[i][lane] - top[lane]);
        total[lane] += x[i][lane];
      }
    });
    warp.all<4>(total, Plus{});
    warp.each([&](int lane) {
      const int row = 8 * warp.number() + lane / 4, padded = squares(of.keys) * kSquare;
      STRATA_UNROLL
      for (int first = 0; first < kOwn; first += 8) {
        const int j = Base::key_of(lane, first);
        if (j >= padded) continue;
        float kept[8] = {1, 1, 1, 1, 1, 1, 1, 1};
        if (of.drop.threshold != 0) of.drop.eight(shared.facts.element[row] + j, kept);
        STRATA_UNROLL
        for (int i = 0; i < 8; ++i) {
          narrow(x[first + i][lane] * kept[i], shared.weights.values + row * Base::Weights::kRow + j + i);
        }
      }
      if (lane % 4 != 0) return;
      shared.factors[row] = total[lane] == 0 ? 0.0F : 1 / total[lane];
      if (lse == nullptr || row >= of.listed) return;
      lse[of.place(of.query(pair, row))] = total[lane] == 0 ? INFINITY : top[lane] + std::log(total[lane]);
    });
  }
};

template <class T, int kWidth, int kSide>
struct ShortGradientKernel : Short<T, kWidth, kSide> {
  using Base = Short<T, kWidth, kSide>;
  using Base::kOwn, Base::kScoresRow, Base::kWarps, Base::squares;
  struct Shared {
    typename Base::Widths q, k, v, dy;
    typename Base::Weights weights, ds;
    alignas(16) typename Base::Scores scores;
    alignas(16) typename Base::Scores gradients;
    QueryFacts<kSide> facts;
  };

  Attention of;
  AttentionGradients to;

  STRATA_BOTH ShortGradientKernel(const Attention& attention, const AttentionGradients& gradients)
      : of(attention), to(gradients) {}

  STRATA_BOTH void operator()(std::int64_t number, const Block<kWarps>& block, Shared& shared) const {
    const int pair = static_cast<int>(number);
    block.threads([&](int thread) {
      constexpr int kThreadCount = Block<kWarps>::kThreadCount;
      for (int i = thread; i < kSide; i += kThreadCount) shared.facts.set(i, of, pair, i, to.lse, nullptr);
      const auto queries = [&](const HeadRows& from) {
        return [&from, pair, this](int i) { return Attention::offset(from, of.query(pair, i)); };
      };
      const auto keys = [&](const HeadRows& from) {
        return [&from, pair, this](int j) { return of.key_offset(from, pair, j); };
      };
      shared.q.load(thread, kThreadCount, of.q, of.listed, queries(of.q));
      shared.dy.load(thread, kThreadCount, to.dy, of.listed, queries(to.dy));
      shared.k.load(thread, kThreadCount, of.k, of.keys, keys(of.k));
      shared.v.load(thread, kThreadCount, of.v, of.keys, keys(of.v));
    });
    block.warps([&](const BlockWarp& warp) {
      Base::make_scores(warp, warp.number(), of, shared.q, shared.k, of.q.width, shared.scores);
      Base::make_scores(warp, warp.number(), of, shared.dy, shared.v, of.v.width, shared.gradients);
    });
    block.warps([&](const BlockWarp& warp) {
      if (8 * warp.number() < squares(of.listed) * kSquare) differentiate(warp, shared);
    });
    block.warps([&](const BlockWarp& warp) { multiply(warp, pair, shared); });
  }

  // p f and ds of eight rows.
  STRATA_BOTH void differentiate(const BlockWarp& warp, Shared& shared) const {
    Lanes<float> p[kOwn], g[kOwn], kept[kOwn], delta;
    warp.each([&](int lane) {
      const int row = 8 * warp.number() + lane / 4;
      STRATA_UNROLL
      for (int first = 0; first < kOwn; first += 8) {
        float f[8] = {1, 1, 1, 1, 1, 1, 1, 1};
        const int j = Base::key_of(lane, first);
        if (of.drop.threshold != 0 && j < of.keys) of.drop.eight(shared.facts.element[row] + j, f);
        STRATA_UNROLL
        for (int i = 0; i < 8; ++i) {
          const bool sees = shared.facts.sees(row, of, j + i);
          const int at = row * kScoresRow + j + i;
          float &weight = p[first + i][lane], &gradient = g[first + i][lane];
          weight = sees ? exp_for<T>(shared.scores[at] * of.scale - shared.facts.lse[row]) : 0.0F;
          gradient = sees ? shared.gradients[at] * f[i] : 0.0F;
          kept[first + i][lane] = f[i];
          delta[lane] += weight * gradient;
        }
      }
    });
    warp.all<4>(delta, Plus{});
    warp.each([&](int lane) {
      const int row = 8 * warp.number() + lane / 4, padded = squares(of.keys) * kSquare;
      STRATA_UNROLL
      for (int i = 0; i < kOwn; ++i) {
        const int j = Base::key_of(lane, i);
        if (j >= padded) continue;
        const int at = row * Base::Weights::kRow + j;
        narrow(p[i][lane] * kept[i][lane], shared.weights.values + at);
        narrow(p[i][lane] * (g[i][lane] - delta[lane]), shared.ds.values + at);
      }
    });
  }

  // The squares of all gradients that are wanted, shared out.
  STRATA_BOTH void multiply(const BlockWarp& warp, int pair, const Shared& shared) const {
    constexpr int kWeights = Base::Weights::kRow, kRow = Base::Widths::kRow;
    const int queries = squares(of.listed), keys = squares(of.keys);
    const int wide = squares(of.q.width), wide_v = squares(of.v.width);
    const int of_q = to.dq.data != nullptr ? queries * wide : 0, of_k = to.dk.data != nullptr ? keys * wide : 0;
    const int all = of_q + of_k + (to.dv.data != nullptr ? keys * wide_v : 0);
    for (int i = warp.number(); i < all; i += kWarps) {
      SquareSums sums;
      if (i < of_q) {
        const int row = i / wide * kSquare, n = i % wide;
        multiply_square<false, true>(warp, shared.ds.row(row), kWeights, shared.k.row(0) + n * kSquare, kRow,
                                     keys * kSquare, sums);
        Base::store(warp, sums, nullptr, of.scale, to.dq, n, [&](int at) -> std::int64_t {
          return row + at < of.listed ? Attention::offset(to.dq, of.query(pair, row + at)) : -1;
        });
        continue;
      }
      const bool is_k = i < of_q + of_k;
      const int rest = is_k ? i - of_q : i - of_q - of_k, across = is_k ? wide : wide_v;
      const int first = rest / across * kSquare, n = rest % across;
      const HeadRows& gradient = is_k ? to.dk : to.dv;
      multiply_square<true, true>(warp, (is_k ? shared.ds : shared.weights).row(0) + first, kWeights,
                                  (is_k ? shared.q : shared.dy).row(0) + n * kSquare, kRow, queries * kSquare, sums);
      Base::store(warp, sums, nullptr, is_k ? of.scale : 1.0F, gradient, n, [&](int at) -> std::int64_t {
        return first + at < of.keys ? of.key_offset(gradient, pair, first + at) : -1;
      });
    }
  }
};

constexpr int kShort = 32, kLessShort = 64;  // 64 where shared memory allows it: 16 bits, heads up to 64 wide

int longer_of(const Attention& of) { return of.listed > of.keys ? of.listed : of.keys; }
int wider_of(const Attention& of) { return of.q.width > of.v.width ? of.q.width : of.v.width; }

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

}  // namespace

bool is_short_attention(const Attention& of, DType dtype) {
  return longer_of(of) <= (size_of(dtype) == 2 && wider_of(of) <= 64 ? kLessShort : kShort);
}

void attention_short(const Attention& of, DType dtype, const HeadRows& y, float* lse, void* stream) {
  with_short(of, dtype, [&](auto t, auto width, auto side) {
    blocks(of.pairs, stream, "sdpa",
           ShortKernel<decltype(t), decltype(width)::value, decltype(side)::value>(of, y, lse));
  });
}

void attention_short_backward(const Attention& of, DType dtype, const AttentionGradients& gradients, void* stream) {
  with_short(of, dtype, [&](auto t, auto width, auto side) {
    blocks(of.pairs, stream, "gradient of sdpa",
           ShortGradientKernel<decltype(t), decltype(width)::value, decltype(side)::value>(of, gradients));
  });
}

}  // namespace strata::cuda
