// Reductions, a team of threads for each result: sum over any axes, max with its index, topk.
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {
namespace {

// Every 64 elements a thread's sum starts anew: the error grows with the parts, not with the elements.
template <class C>
struct SumKernel {
  Elements x, y;
  Axes kept, gone;
  template <class T>
  STRATA_BOTH void operator()(std::int64_t row, T& team) const {
    constexpr int kPart = 64;
    const std::int64_t base = kept.at(row);
    C total{0}, part{0};
    int in_part = 0;
    for (std::int64_t i = team.rank(); i < gone.size; i += team.size()) {
      part += x.load<C>(base + gone.at(i));
      if (++in_part < kPart) continue;
      total += part;
      part = C{0};
      in_part = 0;
    }
    total = team.all(total + part, Plus{});
    if (team.rank() == 0) y.store(row, total);
  }
};

void sum(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const auto mask = call.attributes.integer("axes");
  Axes kept, gone;
  for (int i = 0; i < x.rank; ++i) (((mask >> i) & 1) != 0 ? gone : kept).add(x.shape[i], x.strides[i]);
  with_compute(x.dtype, [&](auto c) {
    rows(kept.size, call.stream, "sum", SumKernel<decltype(c)>{elements_of(x), elements_of(y), kept, gone});
  });
}

// An element and where it stood. Nothing: at < 0.
template <class C>
struct Place {
  C value;
  std::int64_t at;
};
// The larger one; a NaN is larger than all; of equal ones the earlier.
struct Larger {
  template <class C>
  STRATA_BOTH Place<C> operator()(Place<C> a, Place<C> b) const {
    if (a.at < 0 || b.at < 0) return a.at < 0 ? b : a;
    if (is_nan(a.value) != is_nan(b.value)) return is_nan(a.value) ? a : b;
    if (a.value > b.value || a.value < b.value) return a.value > b.value ? a : b;
    return a.at < b.at ? a : b;
  }
};

// The k largest, one after the other: each the largest of those behind the one before.
template <class C>
struct LargestKernel {
  Elements x, y;
  std::int64_t* index;
  Axes kept;
  std::int64_t count, stride, k;
  template <class T>
  STRATA_BOTH void operator()(std::int64_t row, T& team) const {
    const std::int64_t base = kept.at(row);
    Place<C> before{C{0}, -1};
    for (std::int64_t n = 0; n < k; ++n) {
      Place<C> best{C{0}, -1};
      for (std::int64_t j = team.rank(); j < count; j += team.size()) {
        const Place<C> here{x.load<C>(base + j * stride), j};
        if (before.at >= 0 && (here.at == before.at || Larger{}(here, before).at == here.at)) continue;
        best = Larger{}(best, here);
      }
      before = team.all(best, Larger{});
      if (team.rank() != 0) continue;
      index[row * k + n] = before.at;
      y.store(row * k + n, before.value);
    }
  }
};

void largest(const KernelCall& call, int axis, std::int64_t k) {
  const View& x = call.inputs[0];
  Axes kept;
  for (int i = 0; i < x.rank; ++i) {
    if (i != axis) kept.add(x.shape[i], x.strides[i]);
  }
  with_compute(x.dtype, [&](auto c) {
    rows(kept.size, call.stream, "topk",
         LargestKernel<decltype(c)>{elements_of(x), elements_of(call.outputs[0]), call.outputs[1].as<std::int64_t>(),
                                    kept, x.shape[axis], x.strides[axis], k});
  });
}

void max(const KernelCall& call) { largest(call, static_cast<int>(call.attributes.integer("axis")), 1); }
void topk(const KernelCall& call) { largest(call, call.inputs[0].rank - 1, call.attributes.integer("k")); }

}  // namespace

void add_reduce(Rows& rows) {
  rows.push_back(row_of("sum", sum));
  rows.push_back(row_of("max", max));
  rows.push_back(row_of("topk", topk));
}

}  // namespace strata::cuda
