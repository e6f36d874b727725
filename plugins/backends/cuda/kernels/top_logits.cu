// top_logits: the best of a row and the log of its sum of exponentials in one read.
#include "kernels/convert.hpp"
#include "kernels/largest.hpp"
#include "kernels/log_sum.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

template <class T>
struct TopLogitsKernel {
  using C = Compute<T>;
  Matrix<const T> logits;
  T* values;
  std::int64_t *indices, k;
  C* log_sums;

  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const T* const x = logits.row(row);
    LogSum<C> sums;
    Best<C, kMostKept> best;
    each_part(parts_of<kPack<T>>(logits.columns, x), team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const Values<C, kN> part = load<kN>(x + j);
      sums.add(part);
      for (int i = 0; i < kN; ++i) best.add({part.at[i], j + i});
    });
    sums = team.all(sums, BothLogSums{});
    const auto again = [&](const auto& visit) {
      each_part(parts_of<kPack<T>>(logits.columns, x), team, [&](std::int64_t j, auto width) {
        for (int i = 0; i < decltype(width)::value; ++i) visit(Place<C>{widened(x[j + i]), j + i});
      });
    };
    C most = sums.most;
    each_largest(best, k, team, again, [&](std::int64_t n, const Place<C>& one) {
      if (n == 0) most = one.value;
      if (team.rank() != 0) return;
      indices[row * k + n] = one.at;
      values[row * k + n] = narrowed<T>(one.value);
    });
    if (team.rank() == 0) log_sums[row] = log(sums.sum) + (sums.most - most);
  }
};

bool supports(const KernelCall& call) { return call.inputs[0].numel() > 0 && is_matrix(call.inputs[0]); }

void forward(const KernelCall& call) {
  const View& x = call.inputs[0];
  with_floating(x.dtype, [&](auto element) {
    using T = decltype(element);
    const Matrix<const T> logits = matrix_of<const T>(x);
    rows_of_length(logits.rows, logits.columns, call.stream, "top_logits",
                   TopLogitsKernel<T>{logits, call.outputs[0].as<T>(), call.outputs[1].as<std::int64_t>(),
                                      call.attributes.integer("k"), call.outputs[2].as<Compute<T>>()});
  });
}

}  // namespace

void add_top_logits(Rows& rows) {
  rows.push_back(row_of("top_logits", forward));
  rows.back().supports = supports;
}

}  // namespace strata::cuda
