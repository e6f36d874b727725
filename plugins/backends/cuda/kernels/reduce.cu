// The largest of a row, a team of threads for each: max with its index, topk.
#include "kernels/largest.hpp"
#include "kernels/pack.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

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

template <class C, class Source, int kKept>
struct LargestKernel {
  Source x;
  Elements y;
  std::int64_t* index;
  Axes kept;
  std::int64_t count, stride, k;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const std::int64_t base = kept.at(row);
    const auto read = [&](const auto& visit) {
      for (std::int64_t j = team.rank(); j < count; j += team.size()) visit(Place<C>{x.at(base + j * stride), j});
    };
    Best<C, kKept> best;
    read([&](const Place<C>& one) { best.add(one); });
    each_largest(best, k, team, read, [&](std::int64_t n, const Place<C>& one) {
      if (team.rank() != 0) return;
      index[row * k + n] = one.at;
      y.store(row * k + n, one.value);
    });
  }
};

template <class C, class Source>
void largest_of(const KernelCall& call, const Source& source, int axis, std::int64_t k) {
  const View& x = call.inputs[0];
  Axes kept;
  for (int i = 0; i < x.rank; ++i) {
    if (i != axis) kept.add(x.shape[i], x.strides[i]);
  }
  const auto launch = [&](auto at_once) {
    rows_of_length(kept.size, x.shape[axis], call.stream, "topk",
                   LargestKernel<C, Source, decltype(at_once)::value>{source, elements_of(call.outputs[0]),
                                                                      call.outputs[1].as<std::int64_t>(), kept,
                                                                      x.shape[axis], x.strides[axis], k});
  };
  if (k == 1) return launch(std::integral_constant<int, 1>{});
  launch(std::integral_constant<int, kMostKept>{});
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
