// target[rows[i], ...] += x[i, ...] where rows are dense: the first index of each row of the target gathers all others
// of that row, by a team, in a fixed order. To find them, each row's first and last index are marked (smallest and
// largest: whoever comes first, they come out the same), and the indices between them compared, 256 at once: with n
// indices of u rows no more than n u / 256 steps of teams, in practice (Zipf) a few microseconds for 8,192 tokens.
#pragma once

#include "kernels/checked.hpp"
#include "kernels/pack.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {

// *at = min or max of it and the value; other threads may do the same.
STRATA_BOTH inline void lower(std::int32_t* at, std::int32_t value) {
#if defined(__CUDA_ARCH__)
  atomicMin(at, value);
#else
  *at = value < *at ? value : *at;
#endif
}
STRATA_BOTH inline void raise(std::int32_t* at, std::int32_t value) {
#if defined(__CUDA_ARCH__)
  atomicMax(at, value);
#else
  *at = value > *at ? value : *at;
#endif
}
STRATA_BOTH inline int lowest_bit(std::uint32_t bits) {
#if defined(__CUDA_ARCH__)
  return __ffs(static_cast<int>(bits)) - 1;
#else
  return __builtin_ctz(bits);
#endif
}

// Where the indices of each row of the target begin and end.
struct Occurrences {
  std::int32_t *ids, *first, *last;  // of each index its row, -1 if skipped; of each row its first and last index
};

struct ForgetKernel {
  Occurrences found;
  STRATA_BOTH void operator()(std::int64_t row) const {
    found.first[row] = INT32_MAX;
    found.last[row] = -1;
  }
};
struct MarkKernel {
  Occurrences found;
  const std::int64_t* rows;
  Axes index;
  std::int64_t table, skipped;
  STRATA_BOTH void operator()(std::int64_t i) const {
    const std::int64_t row = rows[index.at(i)];
    if (row == skipped) {
      found.ids[i] = -1;
      return;
    }
    const auto at = static_cast<std::int32_t>(checked(row, table));
    found.ids[i] = at;
    lower(found.first + at, static_cast<std::int32_t>(i));
    raise(found.last + at, static_cast<std::int32_t>(i));
  }
};

struct PlusValues {
  template <class C, int N>
  STRATA_BOTH Values<C, N> operator()(Values<C, N> a, const Values<C, N>& b) const {
    for (int k = 0; k < N; ++k) a.at[k] += b.at[k];
    return a;
  }
};

// kWide: columns of a thread, read as one.
template <class T, int kWide>
struct GatherSumsKernel {
  using C = Compute<T>;
  static constexpr int kTiles = 4;  // of lanes() * kWide columns, in one pass over the indices
  Occurrences found;
  const T* x;
  Axes head;  // of x's rows
  C* target;
  std::int64_t row_stride, columns;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t i, Team& team) const {
    const std::int32_t row = found.ids[i];
    if (row < 0 || found.first[row] != i) return;  // all threads alike
    C* const to = target + row * row_stride;
    const std::int64_t span = found.last[row] - i + 1, tile = std::int64_t{team.lanes()} * kWide;
    if (span == 1) {
      for (std::int64_t c = std::int64_t{team.rank()} * kWide; c < columns; c += std::int64_t{team.size()} * kWide) {
        store<kWide>(to + c, PlusValues{}(load<kWide>(to + c), load<kWide>(x + head.at(i) + c)));
      }
      return;
    }
    for (std::int64_t start = 0; start < columns; start += kTiles * tile) {
      const std::int64_t own = start + std::int64_t{team.lane()} * kWide;
      Values<C, kWide> sums[kTiles] = {};
      for (std::int64_t past = 0; past < span; past += team.size()) {
        const std::int64_t mine = past + team.rank();
        std::uint32_t votes = team.votes(mine < span && found.ids[i + mine] == row);
        const std::int64_t base = i + past + std::int64_t{team.warp()} * team.lanes();
        for (; votes != 0; votes &= votes - 1) {
          const T* const from = x + head.at(base + lowest_bit(votes));
          for (int t = 0; t < kTiles; ++t) {
            if (own + t * tile < columns) sums[t] = PlusValues{}(sums[t], load<kWide>(from + own + t * tile));
          }
        }
      }
      for (int t = 0; t < kTiles; ++t) {
        const Values<C, kWide> total = team.down(sums[t], PlusValues{});
        const std::int64_t c = own + t * tile;
        if (team.warp() == 0 && c < columns) store<kWide>(to + c, PlusValues{}(load<kWide>(to + c), total));
      }
    }
  }
};

// Whether the elements of every row can be read in packs of kN.
template <int kN>
inline bool packs_rows(const View& view, const Axes& tail, std::int64_t row_stride) {
  const auto size = static_cast<std::int64_t>(size_of(view.dtype));
  const std::int64_t whole = kN * size < 16 ? kN * size : 16;
  return tail.count == 1 && tail.stride[0] == 1 && tail.size % kN == 0 && row_stride * size % whole == 0 &&
         static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(view.data)) % whole == 0;
}

// False when the call is not of this kind.
inline bool scattered(const KernelCall& call, const View& target) {
  const View &x = call.inputs[0], &indices = call.inputs[1];
  const Axes head = axes_of(x, 0, indices.rank), from = axes_of(x, indices.rank, x.rank),
             to = axes_of(target, 1, target.rank), index = axes_of(indices);
  const auto dense = [](const Axes& tail) { return tail.count == 0 || (tail.count == 1 && tail.stride[0] == 1); };
  const DType sums = x.dtype == DType::f64 ? DType::f64 : DType::f32;
  if (!is_floating(x.dtype) || target.dtype != sums || !dense(from) || !dense(to)) return false;
  if (index.size > INT32_MAX || target.shape[0] > INT32_MAX) return false;
  if (index.size == 0 || to.size == 0) return true;
  std::int64_t step = 4;  // head strides that are no multiples of four elements
  for (int axis = 0; axis < head.count; ++axis) step = head.stride[axis] % 4 != 0 ? 1 : step;
  const Occurrences found{call.workspace->take<std::int32_t>(index.size),
                          call.workspace->take<std::int32_t>(target.shape[0]),
                          call.workspace->take<std::int32_t>(target.shape[0])};
  each(target.shape[0], call.stream, "scatter_rows", ForgetKernel{found});
  each(index.size, call.stream, "scatter_rows",
       MarkKernel{found, indices.as<std::int64_t>(), index, target.shape[0], call.attributes.integer("padding", -1)});
  with_floating(x.dtype, [&](auto element) {
    using T = decltype(element);
    using C = Compute<T>;
    const auto start = [&](auto wide) {
      rows(index.size, call.stream, "scatter_rows",
           GatherSumsKernel<T, decltype(wide)::value>{found, x.as<const T>(), head, target.as<C>(), target.strides[0],
                                                      to.size});
    };
    if (step == 4 && packs_rows<4>(x, from, 0) && packs_rows<4>(target, to, target.strides[0])) {
      return start(std::integral_constant<int, 4>{});
    }
    start(std::integral_constant<int, 1>{});
  });
  return true;
}

}  // namespace strata::cuda
