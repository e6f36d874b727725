// sdpa_cached: one query a row, its keys and values where a cache has them; nothing is gathered. A block has a row, a
// key head with some of its query heads, and a part of the keys ("flash-decoding"): keys are read once for the heads;
// parts are put together by a second kernel in a fixed order.
// q [R,H,D], k [N,C,K,D], v [N,C,K,E], origin [R,T] -> [R,H,E]; key j of row r is in row origin[r,j] of the cache. How
// many of the T keys there are may be known to the device alone: a part that begins behind them adds nothing.
#include "kernels/attention.hpp"
#include "kernels/checked.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

enum Input { kQ, kK, kV, kOrigin, kUsed, kFirst };

constexpr int kWidth = kAttentionWidth;
constexpr int kReaders = 8;    // lanes that read a key together
constexpr int kTileKeys = 64;  // between two looks at the softmax

struct CachedQueries {
  const void* q;
  std::int64_t q_row, q_head, q_element;
  HeadRows k, v;
  const std::int64_t* origin;
  std::int64_t origin_row, origin_key, table;
  const std::int64_t* used;  // null: all keys
  std::int64_t rows;
  std::int32_t heads, key_heads, group, keys;
  std::int32_t parts, tiles_of_part;
  float scale;
};

// Of each part of each head: sums [R,H,parts,E] relative to the part's highest score, that score, the total.
struct Parts {
  float *sums, *highest, *totals;
};

// kHeads query heads of a key head at once.
template <class T, int kHeads>
struct CachedKernel {
  static constexpr int kWarps = 4, kChunk = 16 / static_cast<int>(sizeof(T));
  struct Shared {
    float q[kHeads][kWidth];
    float scores[kHeads][kTileKeys];
    float sums[kHeads][kWarps * kLanes];
    float highest[kHeads], totals[kHeads], before[kHeads];
    std::int64_t rows[kTileKeys];
  };
  struct Tile {
    int key_head, first, keys, heads;  // key head, first key; how many keys and query heads
  };
  struct State {
    Lanes<float> sums[kHeads];  // of a thread's own column and keys
  };

  CachedQueries of;
  T* y;      // [R,H,E], when there is one part
  Parts to;  // when there are more
  std::int32_t head_sets;

  STRATA_BOTH void operator()(std::int64_t number, const Block<kWarps>& block, Shared& shared) const {
    const float lowest = -INFINITY;
    const int part = static_cast<int>(number % of.parts), set = static_cast<int>(number / of.parts % head_sets);
    const std::int64_t of_row = number / of.parts / head_sets;
    const int kh = static_cast<int>(of_row % of.key_heads);
    const std::int64_t r = of_row / of.key_heads;
    const int h0 = kh * of.group + set * kHeads;
    const int left = of.group - set * kHeads, count = left < kHeads ? left : kHeads;
    const int keys_there = of.used != nullptr ? static_cast<int>(1 + checked(*of.used - 1, of.keys)) : of.keys;
    const int first = part * of.tiles_of_part * kTileKeys, end = first + of.tiles_of_part * kTileKeys,
              last = end < keys_there ? end : keys_there;
    OfWarps<State, kWarps> states;
    block.threads([&](int thread) {
      const T* q = static_cast<const T*>(of.q) + r * of.q_row;
      for (int i = thread; i < kHeads * kWidth; i += Block<kWarps>::kThreadCount) {
        const int h = i / kWidth, d = i % kWidth;
        const bool there = h < count && d < of.k.width;
        shared.q[h][d] = there ? widened(q[(h0 + h) * of.q_head + d * of.q_element]) * of.scale : 0.0F;
      }
      if (thread < kHeads) shared.highest[thread] = lowest, shared.totals[thread] = 0;
    });
    for (int j0 = first; j0 < last; j0 += kTileKeys) {
      const int keys = last - j0 < kTileKeys ? last - j0 : kTileKeys;
      block.threads([&](int thread) {
        if (thread < keys) {
          shared.rows[thread] = checked(of.origin[r * of.origin_row + (j0 + thread) * of.origin_key], of.table);
        }
      });
      block.warps([&](const BlockWarp& warp) { score(warp, shared, {kh, j0, keys, count}); });
      block.warps([&](const BlockWarp& warp) {
        for (int h = warp.number(); h < count; h += kWarps) soften(warp, shared, h, keys);
      });
      block.warps([&](const BlockWarp& warp) {
        add_values(warp, shared, {kh, j0, keys, count}, states[warp.number()]);
      });
    }
    block.warps([&](const BlockWarp& warp) {
      const State& state = states[warp.number()];
      warp.each([&](int lane) {
        STRATA_UNROLL
        for (int h = 0; h < kHeads; ++h) shared.sums[h][kLanes * warp.number() + lane] = state.sums[h][lane];
      });
    });
    block.threads([&](int thread) {
      const int columns = columns_of();
      for (int i = thread; i < count * of.v.width; i += Block<kWarps>::kThreadCount) {
        const int h = i / of.v.width, e = i % of.v.width;
        float total = 0;
        for (int at = e; at < Block<kWarps>::kThreadCount; at += columns) total += shared.sums[h][at];
        const std::int64_t place = r * of.heads + h0 + h;
        if (of.parts == 1) {
          y[place * of.v.width + e] = narrowed<T>(total / shared.totals[h]);
          continue;
        }
        to.sums[(place * of.parts + part) * of.v.width + e] = total;
        if (e != 0) continue;
        to.highest[place * of.parts + part] = shared.highest[h];
        to.totals[place * of.parts + part] = shared.totals[h];
      }
    });
  }

  // Threads from one column of the values to the same one of other keys: the least power of two that takes all columns.
  STRATA_BOTH int columns_of() const { return of.v.width <= 32 ? 32 : of.v.width <= 64 ? 64 : 128; }

  // Eight lanes read a key, four keys a warp at once.
  STRATA_BOTH void score(const BlockWarp& warp, Shared& shared, const Tile& tile) const {
    constexpr int kAtOnce = kLanes / kReaders;
    for (int j = kAtOnce * warp.number(); j < tile.keys; j += kAtOnce * kWarps) {
      Lanes<float> scores[kHeads];
      warp.each([&](int lane) {
        const int own = j + lane / kReaders;
        if (own >= tile.keys) return;
        const T* key = static_cast<const T*>(of.k.data) + shared.rows[own] * of.k.row + (tile.first + own) * of.k.time +
                       tile.key_head * of.k.head;
        for (int d = lane % kReaders * kChunk; d < of.k.width; d += kReaders * kChunk) {
          alignas(16) T chunk[kChunk];
          if (of.k.chunks && d + kChunk <= of.k.width) {
            copy_chunk<16>(chunk, key + d);
          } else {
            STRATA_UNROLL
            for (int c = 0; c < kChunk; ++c) chunk[c] = d + c < of.k.width ? key[(d + c) * of.k.element] : T{};
          }
          STRATA_UNROLL
          for (int c = 0; c < kChunk; ++c) {
            const float x = widened(chunk[c]);
            STRATA_UNROLL
            for (int h = 0; h < kHeads; ++h) {
              if (h < tile.heads) scores[h][lane] += x * shared.q[h][d + c];
            }
          }
        }
      });
      STRATA_UNROLL
      for (int h = 0; h < kHeads; ++h) {
        warp.all<kReaders>(scores[h], Plus{});
        warp.each([&](int lane) {
          const int own = j + lane / kReaders;
          if (lane % kReaders == 0 && own < tile.keys && h < tile.heads) shared.scores[h][own] = scores[h][lane];
        });
      }
    }
  }

  // Scores of a tile become weights relative to the highest so far.
  STRATA_BOTH void soften(const BlockWarp& warp, Shared& shared, int h, int keys) const {
    const float lowest = -INFINITY;
    Lanes<float> top, sum;
    warp.each([&](int lane) {
      float most = lowest;
      for (int j = lane; j < keys; j += kLanes) most = Highest{}(shared.scores[h][j], most);
      top[lane] = most;
    });
    warp.all<kLanes>(top, Highest{});
    const float highest = shared.highest[h];
    warp.each([&](int lane) {
      const float now = Highest{}(highest, top[lane]);
      for (int j = lane; j < keys; j += kLanes) {
        float& weight = shared.scores[h][j];
        weight = weight == lowest ? 0.0F : std::exp(weight - now);
        sum[lane] += weight;
      }
    });
    warp.all<kLanes>(sum, Plus{});
    warp.each([&](int lane) {
      if (lane != 0) return;
      const float now = Highest{}(highest, top[lane]);
      const float before = highest == lowest ? 0.0F : std::exp(highest - now);
      shared.before[h] = before;
      shared.highest[h] = now;
      shared.totals[h] = shared.totals[h] * before + sum[lane];
    });
  }

  // A thread has a column of the values, of every key or of every second or fourth one.
  STRATA_BOTH void add_values(const BlockWarp& warp, const Shared& shared, const Tile& tile, State& state) const {
    const int columns = columns_of(), apart = Block<kWarps>::kThreadCount / columns;
    warp.each([&](int lane) {
      const int thread = kLanes * warp.number() + lane, e = thread % columns;
      if (e >= of.v.width) return;
      STRATA_UNROLL
      for (int h = 0; h < kHeads; ++h) {
        if (h < tile.heads) state.sums[h][lane] *= shared.before[h];
      }
      const T* values = static_cast<const T*>(of.v.data) + tile.key_head * of.v.head + e * of.v.element;
      for (int j = thread / columns; j < tile.keys; j += apart) {
        const float value = widened(values[shared.rows[j] * of.v.row + (tile.first + j) * of.v.time]);
        STRATA_UNROLL
        for (int h = 0; h < kHeads; ++h) {
          if (h < tile.heads) state.sums[h][lane] += shared.scores[h][j] * value;
        }
      }
    });
  }
};

// y [R,H,E] of the parts.
template <class T>
struct TogetherKernel {
  Parts from;
  T* y;
  std::int32_t parts, width;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t place = i / width * parts;
    float highest = -INFINITY, sum = 0, total = 0;
    for (int part = 0; part < parts; ++part) {
      const float own = from.highest[place + part];
      if (own > highest || is_nan(own)) highest = own;
    }
    for (int part = 0; part < parts; ++part) {
      const float by = std::exp(from.highest[place + part] - highest);
      sum += from.sums[(place + part) * width + i % width] * by;
      total += from.totals[place + part] * by;
    }
    y[i] = narrowed<T>(sum / total);
  }
};

// A gradient, which no decoding asks for, is the composition's, and so are rows that begin later.
bool supports(const KernelCall& call) {
  const View &q = call.inputs[kQ], &k = call.inputs[kK], &v = call.inputs[kV], &origin = call.inputs[kOrigin];
  constexpr std::int64_t kMost = std::int64_t{1} << 30;  // of what is counted in 32 bits
  return !call.inputs[kFirst].present() && is_kernel_float(q.dtype) && k.dtype == q.dtype && v.dtype == q.dtype &&
         call.outputs[0].dtype == q.dtype && q.numel() > 0 && k.numel() > 0 && v.numel() > 0 && origin.numel() > 0 &&
         k.size(3) <= kWidth && v.size(3) <= kWidth && origin.size(1) < kMost && q.size(1) < kMost;
}

void forward(const KernelCall& call) {
  const View &q = call.inputs[kQ], &k = call.inputs[kK], &origin = call.inputs[kOrigin], &used = call.inputs[kUsed],
             &y = call.outputs[0];
  CachedQueries of{q.data,
                   q.strides[0],
                   q.strides[1],
                   q.strides[2],
                   HeadRows(k),
                   HeadRows(call.inputs[kV]),
                   origin.as<const std::int64_t>(),
                   origin.strides[0],
                   origin.strides[1],
                   k.size(0),
                   used.present() ? used.as<const std::int64_t>() : nullptr,
                   q.size(0),
                   static_cast<std::int32_t>(q.size(1)),
                   static_cast<std::int32_t>(k.size(2)),
                   static_cast<std::int32_t>(q.size(1) / k.size(2)),
                   static_cast<std::int32_t>(origin.size(1)),
                   1,
                   0,
                   static_cast<float>(call.attributes.number("scale"))};
  const auto run = [&](auto t, auto at_once) {
    using T = decltype(t);
    constexpr int kHeads = decltype(at_once)::value;
    const std::int32_t head_sets = (of.group + kHeads - 1) / kHeads, tiles = (of.keys + kTileKeys - 1) / kTileKeys;
    const std::int64_t count = of.rows * of.key_heads * head_sets;
    constexpr std::int64_t kEnough = 512;  // blocks that occupy a GPU
    const std::int64_t most = (kEnough + count - 1) / count;
    of.tiles_of_part = static_cast<std::int32_t>((tiles + most - 1) / most);
    of.parts = (tiles + of.tiles_of_part - 1) / of.tiles_of_part;
    Parts parts{};
    if (of.parts > 1) {
      const std::int64_t all = of.rows * of.heads * of.parts;
      Workspace& workspace = *call.workspace;
      parts = {workspace.take<float>(all * of.v.width), workspace.take<float>(all), workspace.take<float>(all)};
    }
    blocks(count * of.parts, call.stream, "sdpa_cached", CachedKernel<T, kHeads>{of, y.as<T>(), parts, head_sets});
    if (of.parts > 1) {
      each(y.numel(), call.stream, "sdpa_cached", TogetherKernel<T>{parts, y.as<T>(), of.parts, of.v.width});
    }
  };
  with_kernel_float(q.dtype, [&](auto t) {
    if (of.group == 1) return run(t, std::integral_constant<int, 1>{});
    run(t, std::integral_constant<int, 8>{});
  });
}

}  // namespace

void add_attention_cached(Rows& rows) {
  rows.push_back(row_of("sdpa_cached", forward));
  rows.back().supports = supports;
}

}  // namespace strata::cuda
