// softmax, with or without a mask, and log_softmax: a row is read twice, the second time from the cache.
#include "kernels/convert.hpp"
#include "kernels/log_sum.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

// A mask that is broadcast to rows.
struct Mask {
  const std::uint8_t* data = nullptr;  // null: everything is kept
  Axes axes;                           // of the rows
  std::int64_t stride = 0;             // along a row

  Mask() = default;
  Mask(const View& mask, const View& x) : data(mask.as<std::uint8_t>()) {
    const auto stride_at = [&](int axis) {
      const int from = axis - (x.rank - mask.rank);
      return from >= 0 && mask.shape[from] == x.shape[axis] ? mask.strides[from] : 0;
    };
    for (int axis = 0; axis + 1 < x.rank; ++axis) axes.add(x.shape[axis], stride_at(axis));
    stride = stride_at(x.rank - 1);
  }
  // Of the row's first element.
  STRATA_BOTH const std::uint8_t* row(std::int64_t row) const {
    return data == nullptr ? nullptr : data + axes.at(row);
  }
  STRATA_BOTH bool keeps(const std::uint8_t* row, std::int64_t j) const {
    return row == nullptr || row[j * stride] != 0;
  }
};

template <class T>
struct SoftmaxKernel {
  using C = Compute<T>;
  Matrix<const T> x;
  T* to;
  Mask mask;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const T* const from = x.row(row);
    T* const y = to + row * x.columns;
    const std::uint8_t* const kept = mask.row(row);
    const Parts<kPack<T>> parts = parts_of<kPack<T>>(x.columns, y, from);
    LogSum<C> sums;
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const Values<C, kN> values = load<kN>(from + j);
      if (kept == nullptr) return sums.add(values);
      for (int k = 0; k < kN; ++k) {
        if (mask.keeps(kept, j + k)) sums.add(Values<C, 1>{{values.at[k]}});
      }
    });
    sums = team.all(sums, BothLogSums{});
    const C factor = sums.sum > C{0} ? C{1} / sums.sum : sums.sum;  // nothing kept: 0; a NaN stays one
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      Values<C, kN> values = load<kN>(from + j);
      for (int k = 0; k < kN; ++k) {
        values.at[k] = mask.keeps(kept, j + k) ? exp(values.at[k] - sums.most) * factor : C{0};
      }
      store<kN>(y + j, values);
    });
  }
};

// dx = y (g - sum(g y)); a masked element has y = 0.
template <class T>
struct SoftmaxGradientKernel {
  using C = Compute<T>;
  Matrix<const T> y, g;
  T* to;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const T *const value = y.row(row), *const gradient = g.row(row);
    T* const dx = to + row * y.columns;
    const Parts<kPack<T>> parts = parts_of<kPack<T>>(y.columns, dx, value, gradient);
    C inner{0};
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const Values<C, kN> a = load<kN>(value + j), b = load<kN>(gradient + j);
      for (int k = 0; k < kN; ++k) inner += a.at[k] * b.at[k];
    });
    inner = team.all(inner, Plus{});
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      Values<C, kN> a = load<kN>(value + j);
      const Values<C, kN> b = load<kN>(gradient + j);
      for (int k = 0; k < kN; ++k) a.at[k] *= b.at[k] - inner;
      store<kN>(dx + j, a);
    });
  }
};

template <class T>
struct LogSoftmaxKernel {
  using C = Compute<T>;
  Matrix<const T> x;
  C* to;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const T* const from = x.row(row);
    C* const y = to + row * x.columns;
    const Parts<kPack<T>> parts = parts_of<kPack<T>>(x.columns, from, y);
    LogSum<C> sums;
    each_part(parts, team, [&](std::int64_t j, auto width) { sums.add(load<decltype(width)::value>(from + j)); });
    sums = team.all(sums, BothLogSums{});
    const C rest = log(sums.sum);
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      Values<C, kN> values = load<kN>(from + j);
      for (int k = 0; k < kN; ++k) values.at[k] = values.at[k] - sums.most - rest;
      store<kN>(y + j, values);
    });
  }
};

// dx = g - exp(y) sum(g)
template <class T>
struct LogSoftmaxGradientKernel {
  using C = Compute<T>;
  Matrix<const C> y, g;
  T* to;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const C *const value = y.row(row), *const gradient = g.row(row);
    T* const dx = to + row * y.columns;
    const Parts<kPack<T>> parts = parts_of<kPack<T>>(y.columns, dx, value, gradient);
    C total{0};
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const Values<C, kN> values = load<kN>(gradient + j);
      for (int k = 0; k < kN; ++k) total += values.at[k];
    });
    total = team.all(total, Plus{});
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const Values<C, kN> a = load<kN>(value + j);
      Values<C, kN> b = load<kN>(gradient + j);
      for (int k = 0; k < kN; ++k) b.at[k] -= exp(a.at[k]) * total;
      store<kN>(dx + j, b);
    });
  }
};

bool supports(const KernelCall& call) { return is_matrix(call.inputs[0]); }

void softmax(const KernelCall& call) {
  const View& x = call.inputs[0];
  const Mask mask = call.input_count > 1 && call.inputs[1].present() ? Mask(call.inputs[1], x) : Mask();
  with_floating(x.dtype, [&](auto element) {
    using T = decltype(element);
    const auto rows = matrix_of<const T>(x);
    rows_of_length(rows.rows, rows.columns, call.stream, "softmax",
                   SoftmaxKernel<T>{rows, call.outputs[0].as<T>(), mask});
  });
}

void softmax_backward(const BackwardCall& call) {
  if (!call.input_gradients[0].present()) return;
  const View& y = call.outputs[0];
  const View g = rows_in(call.output_gradients[0], y.dtype, call.workspace, call.stream);
  with_floating(y.dtype, [&](auto element) {
    using T = decltype(element);
    const auto rows = matrix_of<const T>(y);
    rows_of_length(rows.rows, rows.columns, call.stream, "softmax backward",
                   SoftmaxGradientKernel<T>{rows, matrix_of<const T>(g), call.input_gradients[0].as<T>()});
  });
}

void log_softmax(const KernelCall& call) {
  const View& x = call.inputs[0];
  with_floating(x.dtype, [&](auto element) {
    using T = decltype(element);
    const auto rows = matrix_of<const T>(x);
    rows_of_length(rows.rows, rows.columns, call.stream, "log_softmax",
                   LogSoftmaxKernel<T>{rows, call.outputs[0].as<Compute<T>>()});
  });
}

void log_softmax_backward(const BackwardCall& call) {
  const View &y = call.outputs[0], &dx = call.input_gradients[0];
  if (!dx.present()) return;
  const View g = rows_in(call.output_gradients[0], y.dtype, call.workspace, call.stream);
  with_floating(dx.dtype, [&](auto element) {
    using T = decltype(element);
    using C = Compute<T>;
    const auto rows = matrix_of<const C>(y);
    rows_of_length(rows.rows, rows.columns, call.stream, "log_softmax backward",
                   LogSoftmaxGradientKernel<T>{rows, matrix_of<const C>(g), dx.as<T>()});
  });
}

KernelRow fused(const char* op, void (*forward)(const KernelCall&), void (*backward)(const BackwardCall&)) {
  KernelRow row = row_of(op, forward);
  row.priority = 20;
  row.supports = supports;
  row.backward = backward;
  row.backward_reads_outputs = 1;
  return row;
}

}  // namespace

void add_softmax(Rows& rows) {
  rows.push_back(fused("softmax", softmax, softmax_backward));
  rows.push_back(fused("log_softmax", log_softmax, log_softmax_backward));
}

}  // namespace strata::cuda
