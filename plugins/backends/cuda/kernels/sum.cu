// sum over any axes: rows whose elements are neighbours, columns that are neighbours, and whatever else there is.
#include "kernels/columns.hpp"
#include "kernels/rows.hpp"
#include "kernels/walk.hpp"

namespace strata::cuda {
namespace {

// Every 64 elements a thread's sum starts anew: the error grows with the parts, not with the elements.
template <class C>
struct SumKernel {
  Elements x, y;
  Axes kept, gone;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
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

// Rows fall into `parts` of kLength elements; sums[row, part].
template <class T>
struct RowSumKernel {
  using C = Compute<T>;
  static constexpr std::int64_t kLength = 16384;
  const T* x;
  Axes kept;
  std::int64_t count, parts;
  C* sums;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t piece, Team& team) const {
    const std::int64_t row = piece / parts, first = piece % parts * kLength, rest = count - first;
    const T* const from = x + kept.at(row) + first;
    C total{0};
    each_part(parts_of<kPack<T>>(rest < kLength ? rest : kLength, from), team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const Values<C, kN> values = load<kN>(from + j);
      C part = values.at[0];
      for (int k = 1; k < kN; ++k) part += values.at[k];
      total += part;
    });
    total = team.all(total, Plus{});
    if (team.rank() == 0) sums[piece] = total;
  }
};

template <class T>
void sum_rows(const View& x, const Axes& kept, std::int64_t count, const View& y, const KernelCall& call) {
  using C = Compute<T>;
  using Kernel = RowSumKernel<T>;
  const std::int64_t parts = (count + Kernel::kLength - 1) / Kernel::kLength;
  C* const to = y.as<C>();
  C* const sums = parts > 1 ? call.workspace->take<C>(kept.size * parts) : to;
  rows_of_length(kept.size * parts, parts > 1 ? Kernel::kLength : count, call.stream, "sum",
                 Kernel{x.as<const T>(), kept, count, parts, sums});
  if (parts == 1) return;
  Axes rows_of_sums;
  rows_of_sums.add(kept.size, parts);
  Axes along;
  along.add(parts, 1);
  const DType dtype = y.dtype;
  rows(kept.size, call.stream, "sum", SumKernel<C>{{sums, dtype}, {to, dtype}, rows_of_sums, along});
}

// Element (row, column) of what is summed over one axis.
template <class T>
struct AxisOf {
  const T* x;
  Axes kept;
  std::int64_t stride;
  STRATA_BOTH const T* column(std::int64_t column) const { return x + kept.at(column); }
  STRATA_BOTH Compute<T> at(std::int64_t row, const T* column) const { return widened(column[row * stride]); }
};
template <class C>
struct To {
  C* data;
  STRATA_BOTH void put(std::int64_t column, C sum) const { data[column] = sum; }
};

void sum(const KernelCall& call) {
  const View &x = call.inputs[0], &y = call.outputs[0];
  const auto mask = call.attributes.integer("axes");
  Axes kept, gone;
  for (int i = 0; i < x.rank; ++i) (((mask >> i) & 1) != 0 ? gone : kept).add(x.shape[i], x.strides[i]);
  if (is_floating(x.dtype) && gone.count == 1 && kept.size > 0) {
    if (gone.stride[0] == 1) {
      return with_floating(x.dtype, [&](auto element) { sum_rows<decltype(element)>(x, kept, gone.size, y, call); });
    }
    if (kept.count > 0 && kept.stride[kept.count - 1] == 1 && kept.extent[kept.count - 1] >= kLanes / 2) {
      return with_floating(x.dtype, [&](auto element) {
        using T = decltype(element);
        using C = Compute<T>;
        sum_columns<C>(gone.size, kept.size, AxisOf<T>{x.as<const T>(), kept, gone.stride[0]}, To<C>{y.as<C>()},
                       call.workspace, call.stream, "sum");
      });
    }
  }
  with_compute(x.dtype, [&](auto c) {
    rows_of_length(kept.size, gone.size, call.stream, "sum",
                   SumKernel<decltype(c)>{elements_of(x), elements_of(y), kept, gone});
  });
}

}  // namespace

void add_sum(Rows& rows) { rows.push_back(row_of("sum", sum)); }

}  // namespace strata::cuda
