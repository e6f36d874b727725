// Gradients of attention in tiles (Dao et al., 2022, algorithm 4): weights are computed again from q, k and each row's
// log of the sum of exponentials. With p a weight, f what dropout makes of it, g = dy v^T and delta = dy y^T:
//   dv += (p f)^T dy,  ds = p (g f - delta),  dq += scale ds k,  dk += scale ds^T q
// A block has 64 queries and goes through their keys (dq), or 64 keys and goes through the queries that see them, all
// beams and heads of the group (dk, dv): each sum is made by one warp in a fixed order.
#include "kernels/attention_tile.hpp"

namespace strata::cuda {
namespace {

// delta [R,H,Tq], a warp for each.
template <class T>
struct DeltaKernel {
  static constexpr int kWarps = kAttentionWarps;
  struct Shared {};

  Attention of;
  HeadRows y, dy;
  float* delta;
  std::int64_t count;

  STRATA_BOTH void operator()(std::int64_t number, const Block<kWarps>& block, Shared&) const {
    block.warps([&](const BlockWarp& warp) {
      const std::int64_t i = number * kWarps + warp.number();
      if (i >= count) return;
      const AttentionQuery one{i / of.queries / of.heads, static_cast<std::int32_t>(i / of.queries % of.heads),
                               static_cast<std::int32_t>(i % of.queries)};
      const T* left = static_cast<const T*>(y.data) + Attention::offset(y, one);
      const T* right = static_cast<const T*>(dy.data) + Attention::offset(dy, one);
      Lanes<float> total;
      warp.each([&](int lane) {
        for (int c = lane; c < y.width; c += kLanes) {
          total[lane] += widened(left[c * y.element]) * widened(right[c * dy.element]);
        }
      });
      warp.all<kLanes>(total, Plus{});
      warp.each([&](int lane) {
        if (lane == 0) delta[i] = total[lane];
      });
    });
  }
};

// 16 bits: as many columns as registers allow; floats: as shared memory does.
template <class T, int kWidth>
constexpr int kColumnsOf = sizeof(T) == 2 ? (kWidth <= 64 ? 64 : 32) : (kWidth <= 64 ? 32 : 16);

template <class T, int kWidth>
struct QueryGradientKernel {
  static constexpr int kWarps = kAttentionWarps, kRows = kAttentionRows, kKeys = kColumnsOf<T, kWidth>,
                       kTiles = kKeys / 8;
  struct Shared {
    AttentionTile<T, kRows, kWidth> q, dy;
    AttentionTile<T, kKeys, kWidth> k, v;
    QueryFacts<kRows> facts;
  };
  struct State {
    WarpSums<kWidth / 8> sums;
  };

  Attention of;
  AttentionGradients to;
  std::int32_t tiles;  // of a pair's queries

  STRATA_BOTH void operator()(std::int64_t number, const Block<kWarps>& block, Shared& shared) const {
    const int pair = static_cast<int>(number / tiles), tile = tiles - 1 - static_cast<int>(number % tiles);
    const int first = tile * kRows, left = of.listed - first, rows = left < kRows ? left : kRows;
    const int most = of.seen_by(first, rows);
    OfWarps<State, kWarps> states;
    block.threads([&](int thread) {
      for (int i = thread; i < kRows; i += Block<kWarps>::kThreadCount) {
        shared.facts.set(i, of, pair, first + i, to.lse, to.delta);
      }
      shared.q.load(thread, Block<kWarps>::kThreadCount, of.q, rows,
                    [&](int i) { return Attention::offset(of.q, of.query(pair, first + i)); });
      shared.dy.load(thread, Block<kWarps>::kThreadCount, to.dy, rows,
                     [&](int i) { return Attention::offset(to.dy, of.query(pair, first + i)); });
    });
    for (int j0 = 0; j0 < most; j0 += kKeys) {
      const int keys = of.keys - j0 < kKeys ? of.keys - j0 : kKeys;
      block.threads([&](int thread) {
        shared.k.load(thread, Block<kWarps>::kThreadCount, of.k, keys,
                      [&](int j) { return of.key_offset(of.k, pair, j0 + j); });
        shared.v.load(thread, Block<kWarps>::kThreadCount, of.v, keys,
                      [&](int j) { return of.key_offset(of.v, pair, j0 + j); });
      });
      block.warps([&](const BlockWarp& warp) {
        const unsigned columns = of.key_columns(first + 16 * warp.number(), j0, keys);
        if (columns != 0) tile_of_keys(warp, shared, j0, columns, states[warp.number()]);
      });
    }
    block.warps([&](const BlockWarp& warp) {
      if (16 * warp.number() >= rows) return;
      const State& state = states[warp.number()];
      warp.each([&](int lane) {
        const float factor[2] = {of.scale, of.scale};
        store_rows<T>(state.sums, lane, factor, to.dq, [&](int row) -> std::int64_t {
          const int at = first + 16 * warp.number() + row;
          return at < of.listed ? Attention::offset(to.dq, of.query(pair, at)) : -1;
        });
      });
    });
  }

  STRATA_BOTH void tile_of_keys(const BlockWarp& warp, const Shared& shared, int j0, unsigned columns,
                                State& state) const {
    const int own = 16 * warp.number();
    WarpSums<kTiles> scores, gradients;
    multiply_rows<kTiles>(warp, shared.q, own, shared.k, of.q.width, columns, scores);
    multiply_rows<kTiles>(warp, shared.dy, own, shared.v, of.v.width, columns, gradients);
    warp.each([&](int lane) {
      STRATA_UNROLL
      for (int half = 0; half < 2; ++half) {
        const int row = own + lane / 4 + 8 * half;
        STRATA_UNROLL
        for (int t = 0; t < kTiles; ++t) {
          if (!needed(columns, t)) continue;
          const int j = j0 + 8 * t + lane % 4 * 2;
          float kept[2] = {1, 1};
          if (of.drop.threshold != 0) {
            const std::int64_t element = shared.facts.element[row] + j;
            const PhiloxBlock one = of.drop.block(element);
            kept[0] = of.drop.of(one, element);
            kept[1] = of.drop.of(element % 4 == 3 ? of.drop.block(element + 1) : one, element + 1);
          }
          STRATA_UNROLL
          for (int c = 0; c < 2; ++c) {
            float& g = gradients[t][2 * half + c][lane];
            const float score = scores[t][2 * half + c][lane] * of.scale;
            g = shared.facts.sees(row, of, j + c)
                    ? exp_for<T>(score - shared.facts.lse[row]) * (g * kept[c] - shared.facts.delta[row])
                    : 0.0F;
          }
        }
      }
    });
    add_weighted<kTiles>(warp, gradients, shared.k, of.q.width, columns, state.sums);
  }
};

template <class T, int kWidth>
struct KeyGradientKernel {
  static constexpr int kWarps = kAttentionWarps, kRows = kAttentionRows, kQueries = kColumnsOf<T, kWidth>,
                       kTiles = kQueries / 8;
  struct Shared {
    AttentionTile<T, kRows, kWidth> k, v;
    AttentionTile<T, kQueries, kWidth> q, dy;
    QueryFacts<kQueries> facts;
  };
  struct State {
    WarpSums<kWidth / 8> dk, dv;
  };

  Attention of;
  AttentionGradients to;
  std::int32_t tiles;  // of a pair's keys

  STRATA_BOTH void operator()(std::int64_t number, const Block<kWarps>& block, Shared& shared) const {
    const int pair = static_cast<int>(number / tiles), first = static_cast<int>(number % tiles) * kRows;
    const int left = of.keys - first, rows = left < kRows ? left : kRows;
    OfWarps<State, kWarps> states;
    block.threads([&](int thread) {
      shared.k.load(thread, Block<kWarps>::kThreadCount, of.k, rows,
                    [&](int j) { return of.key_offset(of.k, pair, first + j); });
      shared.v.load(thread, Block<kWarps>::kThreadCount, of.v, rows,
                    [&](int j) { return of.key_offset(of.v, pair, first + j); });
    });
    for (int i0 = 0; i0 < of.listed; i0 += kQueries) {
      const int count = of.listed - i0 < kQueries ? of.listed - i0 : kQueries;
      if (of.seen_by(i0, count) <= first) continue;  // none of them sees a key of the block
      block.threads([&](int thread) {
        for (int i = thread; i < kQueries; i += Block<kWarps>::kThreadCount) {
          shared.facts.set(i, of, pair, i0 + i, to.lse, to.delta);
        }
        shared.q.load(thread, Block<kWarps>::kThreadCount, of.q, count,
                      [&](int i) { return Attention::offset(of.q, of.query(pair, i0 + i)); });
        shared.dy.load(thread, Block<kWarps>::kThreadCount, to.dy, count,
                       [&](int i) { return Attention::offset(to.dy, of.query(pair, i0 + i)); });
      });
      block.warps([&](const BlockWarp& warp) {
        const int key = first + 16 * warp.number();  // who does not see it sees no later one
        const unsigned columns = of.query_columns(i0, count, key);
        if (columns != 0) tile_of_queries(warp, shared, key, columns, states[warp.number()]);
      });
    }
    block.warps([&](const BlockWarp& warp) {
      if (16 * warp.number() >= rows) return;
      const State& state = states[warp.number()];
      warp.each([&](int lane) {
        const auto store = [&](const WarpSums<kWidth / 8>& sums, float by, const HeadRows& gradient) {
          const float factor[2] = {by, by};
          store_rows<T>(sums, lane, factor, gradient, [&](int row) -> std::int64_t {
            const int at = first + 16 * warp.number() + row;
            return at < of.keys ? of.key_offset(gradient, pair, at) : -1;
          });
        };
        if (to.dk.data != nullptr) store(state.dk, of.scale, to.dk);
        if (to.dv.data != nullptr) store(state.dv, 1, to.dv);
      });
    });
  }

  // Rows are keys here, from `key` on, columns queries.
  STRATA_BOTH void tile_of_queries(const BlockWarp& warp, const Shared& shared, int key, unsigned columns,
                                   State& state) const {
    const int own = 16 * warp.number();
    WarpSums<kTiles> weights, gradients;
    multiply_rows<kTiles>(warp, shared.k, own, shared.q, of.q.width, columns, weights);
    multiply_rows<kTiles>(warp, shared.v, own, shared.dy, of.v.width, columns, gradients);
    warp.each([&](int lane) {
      STRATA_UNROLL
      for (int t = 0; t < kTiles; ++t) {
        if (!needed(columns, t)) continue;
        STRATA_UNROLL
        for (int c = 0; c < 2; ++c) {
          const int i = 8 * t + lane % 4 * 2 + c;
          STRATA_UNROLL
          for (int half = 0; half < 2; ++half) {
            const int j = key + lane / 4 + 8 * half;
            float &weight = weights[t][2 * half + c][lane], &g = gradients[t][2 * half + c][lane];
            if (!shared.facts.sees(i, of, j)) {
              weight = g = 0;
              continue;
            }
            const std::int64_t element = shared.facts.element[i] + j;
            const float kept = of.drop.threshold != 0 ? of.drop.of(of.drop.block(element), element) : 1.0F;
            const float p = exp_for<T>(weight * of.scale - shared.facts.lse[i]);
            weight = p * kept;
            g = p * (g * kept - shared.facts.delta[i]);
          }
        }
      }
    });
    add_weighted<kTiles>(warp, weights, shared.dy, of.v.width, columns, state.dv);
    add_weighted<kTiles>(warp, gradients, shared.q, of.q.width, columns, state.dk);
  }
};

}  // namespace

void attention_backward(const Attention& of, DType dtype, const AttentionGradients& gradients, void* stream) {
  with_attention(dtype, of.q.width > of.v.width ? of.q.width : of.v.width, [&](auto t, auto width) {
    using T = decltype(t);
    const std::int64_t count = std::int64_t{of.pairs} * of.listed;
    blocks((count + kAttentionWarps - 1) / kAttentionWarps, stream, "gradient of sdpa",
           DeltaKernel<T>{of, gradients.y, gradients.dy, gradients.delta, count});
    const auto tiles_of = [](std::int32_t n) { return (n + kAttentionRows - 1) / kAttentionRows; };
    if (gradients.dq.data != nullptr) {
      blocks(std::int64_t{of.pairs} * tiles_of(of.listed), stream, "gradient of sdpa",
             QueryGradientKernel<T, decltype(width)::value>{of, gradients, tiles_of(of.listed)});
    }
    if (gradients.dk.data == nullptr && gradients.dv.data == nullptr) return;
    blocks(std::int64_t{of.pairs} * tiles_of(of.keys), stream, "gradient of sdpa",
           KeyGradientKernel<T, decltype(width)::value>{of, gradients, tiles_of(of.keys)});
  });
}

}  // namespace strata::cuda
