// The gradients of attention_short.cu, in one launch. With p a weight, f what dropout makes of it and g = dy v^T (Dao
// et al., 2022, algorithm 4):
//   dv = (p f)^T dy,  ds = p (g f - sum of p f g over the row),  dq = scale ds k,  dk = scale ds^T q
#include "kernels/attention_square.hpp"

namespace strata::cuda {
namespace {

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

}  // namespace

void attention_short_backward(const Attention& of, DType dtype, const AttentionGradients& gradients, void* stream) {
  with_short(of, dtype, [&](auto t, auto width, auto side) {
    blocks(of.pairs, stream, "gradient of sdpa",
           ShortGradientKernel<decltype(t), decltype(width)::value, decltype(side)::value>(of, gradients));
  });
}

}  // namespace strata::cuda
