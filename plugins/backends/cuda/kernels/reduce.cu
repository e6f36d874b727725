// The largest of a row, a team of threads for each: max with its index, topk.
#include "kernels/pack.hpp"
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {
namespace {

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

// Elements of a row, of a floating type known at compile time or of any other.
template <class T>
struct Line {
  const T* data;
  STRATA_BOTH Compute<T> at(std::int64_t i) const { return widened(data[i]); }
};
struct AnyLine {
  Elements elements;
  STRATA_BOTH std::int64_t at(std::int64_t i) const { return elements.load<std::int64_t>(i); }
};

// The k largest, one after the other: the largest of what each thread holds out, whose thread then goes through its own
// elements again for the next one.
template <class C, class Source>
struct LargestKernel {
  Source x;
  Elements y;
  std::int64_t* index;
  Axes kept;
  std::int64_t count, stride, k;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const std::int64_t base = kept.at(row);
    Place<C> held = largest(base, Place<C>{C{0}, -1}, team);
    for (std::int64_t n = 0; n < k; ++n) {
      const Place<C> best = team.all(held, Larger{});
      if (team.rank() == 0) {
        index[row * k + n] = best.at;
        y.store(row * k + n, best.value);
      }
      if (n + 1 < k && held.at == best.at) held = largest(base, best, team);
    }
  }
  // Of this thread's elements the largest that is smaller than `before`, if that is one; at < 0 when there is none.
  template <class Team>
  STRATA_BOTH Place<C> largest(std::int64_t base, const Place<C>& before, const Team& team) const {
    Place<C> best{C{0}, -1};
    for (std::int64_t j = team.rank(); j < count; j += team.size()) {
      const Place<C> here{x.at(base + j * stride), j};
      if (before.at >= 0 && (here.at == before.at || Larger{}(here, before).at == here.at)) continue;
      best = Larger{}(best, here);
    }
    return best;
  }
};

template <class C, class Source>
void largest_of(const KernelCall& call, const Source& source, int axis, std::int64_t k) {
  const View& x = call.inputs[0];
  Axes kept;
  for (int i = 0; i < x.rank; ++i) {
    if (i != axis) kept.add(x.shape[i], x.strides[i]);
  }
  rows_of_length(kept.size, x.shape[axis], call.stream, "topk",
                 LargestKernel<C, Source>{source, elements_of(call.outputs[0]), call.outputs[1].as<std::int64_t>(),
                                          kept, x.shape[axis], x.strides[axis], k});
}

void largest(const KernelCall& call, int axis, std::int64_t k) {
  const View& x = call.inputs[0];
  if (!is_floating(x.dtype)) return largest_of<std::int64_t>(call, AnyLine{elements_of(x)}, axis, k);
  with_floating(x.dtype, [&](auto element) {
    using T = decltype(element);
    largest_of<Compute<T>>(call, Line<T>{x.as<const T>()}, axis, k);
  });
}

void max(const KernelCall& call) { largest(call, static_cast<int>(call.attributes.integer("axis")), 1); }
void topk(const KernelCall& call) { largest(call, call.inputs[0].rank - 1, call.attributes.integer("k")); }

}  // namespace

void add_reduce(Rows& rows) {
  rows.push_back(row_of("max", max));
  rows.push_back(row_of("topk", topk));
}

}  // namespace strata::cuda
