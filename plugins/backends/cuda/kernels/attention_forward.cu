// softmax(scale q k^T) v in tiles, the softmax of each row carried from tile to tile (Dao et al., 2022,
// "FlashAttention", algorithm 1; Dao, 2023, "FlashAttention-2"): a warp has 16 queries, whose scores, weights and
// outputs never leave its registers. Sums are in floats; weights are rounded to T before they are multiplied.
#include "kernels/attention_tile.hpp"

namespace strata::cuda {
namespace {

template <class T, int kWidth>
struct ForwardKernel {
  static constexpr int kWarps = kAttentionWarps, kRows = kAttentionRows, kKeys = sizeof(T) == 2 ? 64 : 32,
                       kTiles = kKeys / 8;
  struct Shared {
    AttentionTile<T, kRows, kWidth> q;
    AttentionTile<T, kKeys, kWidth> k, v;
    QueryFacts<kRows> facts;
  };
  struct State {
    WarpSums<kWidth / 8> sums;
    Lanes<float> highest[2], total[2];
  };

  Attention of;
  HeadRows y;
  float* lse;
  std::int32_t tiles;  // of a pair's queries

  STRATA_BOTH void operator()(std::int64_t number, const Block<kWarps>& block, Shared& shared) const {
    const float lowest = -INFINITY;
    // Tiles that see the most keys come first.
    const int pair = static_cast<int>(number / tiles), tile = tiles - 1 - static_cast<int>(number % tiles);
    const int first = tile * kRows, left = of.listed - first, rows = left < kRows ? left : kRows;
    const int most = of.seen_by(first, rows);
    OfWarps<State, kWarps> states;
    block.threads([&](int thread) {
      for (int i = thread; i < kRows; i += Block<kWarps>::kThreadCount) {
        shared.facts.set(i, of, pair, first + i, nullptr, nullptr);
      }
      shared.q.load(thread, Block<kWarps>::kThreadCount, of.q, rows,
                    [&](int i) { return Attention::offset(of.q, of.query(pair, first + i)); });
    });
    block.warps([&](const BlockWarp& warp) {
      State& state = states[warp.number()];
      warp.each([&](int lane) { state.highest[0][lane] = state.highest[1][lane] = lowest; });
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
      if (16 * warp.number() < rows) write(warp, pair, first, states[warp.number()]);
    });
  }

  STRATA_BOTH void tile_of_keys(const BlockWarp& warp, const Shared& shared, int j0, unsigned columns,
                                State& state) const {
    const float lowest = -INFINITY;
    const int own = 16 * warp.number();
    WarpSums<kTiles> scores;
    multiply_rows<kTiles>(warp, shared.q, own, shared.k, of.q.width, columns, scores);
    Lanes<float> top[2], before[2];
    warp.each([&](int lane) {
      STRATA_UNROLL
      for (int half = 0; half < 2; ++half) {
        const int row = own + lane / 4 + 8 * half;
        float most = lowest;
        STRATA_UNROLL
        for (int t = 0; t < kTiles; ++t) {
          if (!needed(columns, t)) continue;
          STRATA_UNROLL
          for (int c = 0; c < 2; ++c) {
            float& score = scores[t][2 * half + c][lane];
            const bool sees = shared.facts.sees(row, of, j0 + 8 * t + lane % 4 * 2 + c);
            score = sees ? score * of.scale : lowest;
            most = score > most || is_nan(score) ? score : most;
          }
        }
        top[half][lane] = most;
      }
    });
    warp.all<4>(top[0], Highest{});
    warp.all<4>(top[1], Highest{});
    warp.each([&](int lane) {
      STRATA_UNROLL
      for (int half = 0; half < 2; ++half) {
        float& highest = state.highest[half][lane];
        const float now = Highest{}(highest, top[half][lane]);
        before[half][lane] = highest == lowest ? 0.0F : exp_for<T>(highest - now);
        highest = now;
        float total = state.total[half][lane] * before[half][lane];
        STRATA_UNROLL
        for (int t = 0; t < kTiles; ++t) {
          if (!needed(columns, t)) continue;
          STRATA_UNROLL
          for (int c = 0; c < 2; ++c) {
            float& weight = scores[t][2 * half + c][lane];
            weight =
                weight == lowest ? 0.0F : exp_for<T>(weight - now);  // nothing seen yet: no difference of infinities
            total += weight;
          }
        }
        state.total[half][lane] = total;  // of the lane's own columns
      }
      STRATA_UNROLL
      for (int n = 0; n < kWidth / 8; ++n) {
        STRATA_UNROLL
        for (int i = 0; i < 4; ++i) state.sums[n][i][lane] *= before[i / 2][lane];
      }
      if (of.drop.threshold != 0) drop(shared, j0, own, lane, columns, scores);
    });
    add_weighted<kTiles>(warp, scores, shared.v, of.v.width, columns, state.sums);
  }

  STRATA_BOTH void drop(const Shared& shared, int j0, int own, int lane, unsigned columns,
                        WarpSums<kTiles>& weights) const {
    STRATA_UNROLL
    for (int half = 0; half < 2; ++half) {
      STRATA_UNROLL
      for (int t = 0; t < kTiles; ++t) {
        if (!needed(columns, t)) continue;
        const std::int64_t element = shared.facts.element[own + lane / 4 + 8 * half] + j0 + 8 * t + lane % 4 * 2;
        const PhiloxBlock one = of.drop.block(element);
        weights[t][2 * half][lane] *= of.drop.of(one, element);
        weights[t][2 * half + 1][lane] *= of.drop.of(element % 4 == 3 ? of.drop.block(element + 1) : one, element + 1);
      }
    }
  }

  STRATA_BOTH void write(const BlockWarp& warp, int pair, int first, State& state) const {
    warp.all<4>(state.total[0], Plus{});
    warp.all<4>(state.total[1], Plus{});
    warp.each([&](int lane) {
      float factor[2];
      STRATA_UNROLL
      for (int half = 0; half < 2; ++half) {
        const float total = state.total[half][lane];
        factor[half] = total == 0 ? 0.0F : 1 / total;
        const int at = first + 16 * warp.number() + lane / 4 + 8 * half;
        if (lse == nullptr || lane % 4 != 0 || at >= of.listed) continue;
        lse[of.place(of.query(pair, at))] = total == 0 ? INFINITY : state.highest[half][lane] + std::log(total);
      }
      store_rows<T>(state.sums, lane, factor, y, [&](int row) -> std::int64_t {
        const int at = first + 16 * warp.number() + row;
        return at < of.listed ? Attention::offset(y, of.query(pair, at)) : -1;
      });
    });
  }
};

}  // namespace

void attention_forward(const Attention& of, DType dtype, const HeadRows& y, float* lse, void* stream) {
  with_attention(dtype, of.q.width > of.v.width ? of.q.width : of.v.width, [&](auto t, auto width) {
    using Kernel = ForwardKernel<decltype(t), decltype(width)::value>;
    const std::int32_t tiles = (of.listed + Kernel::kRows - 1) / Kernel::kRows;
    blocks(std::int64_t{of.pairs} * tiles, stream, "sdpa", Kernel{of, y, lse, tiles});
  });
}

}  // namespace strata::cuda
