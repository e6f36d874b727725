// sdpa where all queries and keys of a pair fit in one block. Tiles leave most warps of a block idle there, and a warp
// that has 16 rows alone takes long; here products are made in squares that the warps share out, and between them four
// lanes go through each row of scores, dropout's numbers drawn once.
#include "kernels/attention_square.hpp"

namespace strata::cuda {
namespace {

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

}  // namespace strata::cuda
