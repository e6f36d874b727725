// layer_norm over the last axis (Ba et al., 2016). Kept of a row: its mean and 1 / deviation.
#include "branch.hpp"
#include "kernels/columns.hpp"
#include "kernels/convert.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

template <class T>
struct NormKernel {
  using C = Compute<T>;
  Matrix<const T> x;
  const C *scale, *shift;
  T* to;
  C *means, *inverses;  // null when no backward follows
  C eps;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const T* const from = x.row(row);
    T* const y = to + row * x.columns;
    const Parts<kPack<T>> parts = parts_of<kPack<T>>(x.columns, y, from, scale, shift);
    const C count = static_cast<C>(x.columns);
    C total{0};
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const Values<C, kN> values = load<kN>(from + j);
      for (int k = 0; k < kN; ++k) total += values.at[k];
    });
    const C mean = team.all(total, Plus{}) / count;
    C squares{0};
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const Values<C, kN> values = load<kN>(from + j);
      for (int k = 0; k < kN; ++k) squares += (values.at[k] - mean) * (values.at[k] - mean);
    });
    const C inverse = C{1} / sqrt(team.all(squares, Plus{}) / count + eps);
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      Values<C, kN> values = load<kN>(from + j);
      const Values<C, kN> times = load<kN>(scale + j), plus = load<kN>(shift + j);
      for (int k = 0; k < kN; ++k) values.at[k] = (values.at[k] - mean) * inverse * times.at[k] + plus.at[k];
      store<kN>(y + j, values);
    });
    if (means == nullptr || team.rank() != 0) return;
    means[row] = mean;
    inverses[row] = inverse;
  }
};

// With n the normalised values and d = g scale: dx = (d - mean(d) - n mean(d n)) / deviation.
template <class T>
struct NormGradientKernel {
  using C = Compute<T>;
  Matrix<const T> x, g;
  const C *scale, *means, *inverses;
  T* to;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const T *const from = x.row(row), *const gradient = g.row(row);
    T* const dx = to + row * x.columns;
    const Parts<kPack<T>> parts = parts_of<kPack<T>>(x.columns, dx, from, gradient, scale);
    const C mean = means[row], inverse = inverses[row], count = static_cast<C>(x.columns);
    C total{0}, inner{0};
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const Values<C, kN> a = load<kN>(from + j), b = load<kN>(gradient + j), times = load<kN>(scale + j);
      for (int k = 0; k < kN; ++k) {
        const C d = b.at[k] * times.at[k];
        total += d;
        inner += d * ((a.at[k] - mean) * inverse);
      }
    });
    total = team.all(total, Plus{}) / count;
    inner = team.all(inner, Plus{}) / count;
    each_part(parts, team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      Values<C, kN> a = load<kN>(from + j);
      const Values<C, kN> b = load<kN>(gradient + j), times = load<kN>(scale + j);
      for (int k = 0; k < kN; ++k) {
        a.at[k] = (b.at[k] * times.at[k] - total - (a.at[k] - mean) * inverse * inner) * inverse;
      }
      store<kN>(dx + j, a);
    });
  }
};

// What a column gives to the gradients of scale and shift.
template <class C>
struct Both {
  C scale = 0, shift = 0;
  STRATA_BOTH Both operator+(const Both& other) const {
    Both sum;
    sum.scale = scale + other.scale;
    sum.shift = shift + other.shift;
    return sum;
  }
};
template <class T>
struct BothOf {
  using C = Compute<T>;
  Matrix<const T> x, g;
  const C *means, *inverses;
  STRATA_BOTH std::int64_t column(std::int64_t column) const { return column; }
  STRATA_BOTH Both<C> at(std::int64_t row, std::int64_t column) const {
    Both<C> both;
    both.shift = widened(g.row(row)[column]);
    both.scale = both.shift * ((widened(x.row(row)[column]) - means[row]) * inverses[row]);
    return both;
  }
};
template <class C>
struct BothTo {
  C *scale, *shift;  // null: not wanted
  bool adds_scale, adds_shift;
  STRATA_BOTH void put(std::int64_t column, const Both<C>& sum) const {
    if (scale != nullptr) scale[column] = adds_scale ? scale[column] + sum.scale : sum.scale;
    if (shift != nullptr) shift[column] = adds_shift ? shift[column] + sum.shift : sum.shift;
  }
};

DType wide(DType dtype) { return dtype == DType::f64 ? DType::f64 : DType::f32; }

bool supports(const KernelCall& call) {
  const View &x = call.inputs[0], &scale = call.inputs[1], &shift = call.inputs[2];
  return is_matrix(x) && scale.dtype == wide(x.dtype) && shift.dtype == scale.dtype && scale.contiguous() &&
         shift.contiguous();
}

// The mean of each row, then 1 / deviation of each.
std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const View& x = call.inputs[0];
  out[0] = {wide(x.dtype), 2, {2, x.numel() / x.size(-1)}};
  return 1;
}

void forward(const KernelCall& call) {
  const View& x = call.inputs[0];
  with_floating(x.dtype, [&](auto element) {
    using T = decltype(element);
    using C = Compute<T>;
    const auto rows = matrix_of<const T>(x);
    C* const means = call.extra_count > 0 ? call.extras[0].as<C>() : nullptr;
    rows_of_length(
        rows.rows, rows.columns, call.stream, "layer_norm",
        NormKernel<T>{rows, call.inputs[1].as<C>(), call.inputs[2].as<C>(), call.outputs[0].as<T>(), means,
                      means != nullptr ? means + rows.rows : nullptr, static_cast<C>(call.attributes.number("eps"))});
  });
}

void backward(const BackwardCall& call) {
  const View &x = call.inputs[0], &dx = call.input_gradients[0];
  const View &dscale = call.input_gradients[1], &dshift = call.input_gradients[2];
  const View g = rows_in(call.output_gradients[0], x.dtype, call.workspace, call.stream);
  with_floating(x.dtype, [&](auto element) {
    using T = decltype(element);
    using C = Compute<T>;
    const auto rows = matrix_of<const T>(x), gradients = matrix_of<const T>(g);
    const C *const means = call.extras[0].as<const C>(), *const inverses = means + rows.rows;
    const bool sums = dscale.present() || dshift.present();
    Branch branch(call.stream);
    if (sums) {
      const BothTo<C> to{dscale.present() ? dscale.as<C>() : nullptr, dshift.present() ? dshift.as<C>() : nullptr,
                         call.accumulate[1], call.accumulate[2]};
      sum_columns<Both<C>>(rows.rows, rows.columns, BothOf<T>{rows, gradients, means, inverses}, to, call.workspace,
                           branch.stream(), "layer_norm backward");
    }
    if (dx.present()) {
      rows_of_length(rows.rows, rows.columns, call.stream, "layer_norm backward",
                     NormGradientKernel<T>{rows, gradients, call.inputs[1].as<const C>(), means, inverses, dx.as<T>()});
    }
    branch.join();
  });
}

}  // namespace

void add_norm(Rows& rows) {
  KernelRow row = row_of("layer_norm", forward);
  row.priority = 20;
  row.supports = supports;
  row.backward = backward;
  row.extras = extras;
  row.backward_reads_inputs = 3;
  row.accumulates = 6;
  rows.push_back(row);
}

}  // namespace strata::cuda
