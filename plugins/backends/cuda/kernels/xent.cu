// softmax_xent: one read of the logits forward, one read and one write backward; what is kept of a row is the log of
// its sum of exponentials.
#include "kernels/checked.hpp"
#include "kernels/convert.hpp"
#include "kernels/log_sum.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

// What both directions know of a row's target.
template <class C>
struct Targets {
  const std::int64_t* data;
  Axes axes;
  std::int64_t ignore;
  C sharp, even;  // of the target distribution: 1 - smoothing at the target, and smoothing / V everywhere

  Targets(const View& targets, const Attributes& attributes, std::int64_t classes)
      : data(targets.as<std::int64_t>()),
        axes(axes_of(targets)),
        ignore(attributes.integer("ignore", -100)),
        sharp(static_cast<C>(1 - attributes.number("smoothing"))),
        even(static_cast<C>(attributes.number("smoothing") / static_cast<double>(classes))) {}
  STRATA_BOTH std::int64_t of(std::int64_t row) const { return data[axes.at(row)]; }
};

template <class T>
struct LossKernel {
  using C = Compute<T>;
  Matrix<const T> logits;
  Targets<C> targets;
  C *losses, *nll, *kept;  // nll: null unless wanted; kept: null when no backward follows
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const std::int64_t target = targets.of(row);
    if (target == targets.ignore) {  // all threads alike
      if (team.rank() == 0) write(row, C{0}, C{0}, C{0});
      return;
    }
    const T* const x = logits.row(row);
    LogSum<C> sums;
    C total{0};
    each_part(parts_of<kPack<T>>(logits.columns, x), team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      const Values<C, kN> values = load<kN>(x + j);
      sums.add(values);
      for (int k = 0; k < kN; ++k) total += values.at[k];
    });
    sums = team.all(sums, BothLogSums{});
    if (targets.even != C{0}) total = team.all(total, Plus{});
    if (team.rank() != 0) return;
    // log(sum) + most - sharp x[target] - even total, the large ones from each other first
    const C below = sums.most - widened(x[checked(target, logits.columns)]);
    C loss = log(sums.sum) + targets.sharp * below;
    if (targets.even != C{0}) loss += targets.even * (static_cast<C>(logits.columns) * sums.most - total);
    write(row, loss, log(sums.sum) + below, sums.most + log(sums.sum));
  }
  STRATA_BOTH void write(std::int64_t row, C loss, C likelihood, C log_sum) const {
    losses[row] = loss;
    if (nll != nullptr) nll[row] = likelihood;
    if (kept != nullptr) kept[row] = log_sum;
  }
};

// g (p - q) with p = exp(x - log_sum): the logits' gradient.
template <class T>
struct LossGradientKernel {
  using C = Compute<T>;
  Matrix<const T> logits;
  Targets<C> targets;
  const C* kept;
  Elements gradients;
  Axes gradient_axes;
  T* to;
  template <class Team>
  STRATA_BOTH void operator()(std::int64_t row, Team& team) const {
    const std::int64_t target = targets.of(row);
    const bool ignored = target == targets.ignore;
    const C g = ignored ? C{0} : gradients.load<C>(gradient_axes.at(row));
    const C log_sum = kept[row];
    const std::int64_t at = ignored ? -1 : checked(target, logits.columns);
    const T* const x = logits.row(row);
    T* const y = to + row * logits.columns;
    each_part(parts_of<kPack<T>>(logits.columns, y, x), team, [&](std::int64_t j, auto width) {
      constexpr int kN = decltype(width)::value;
      Values<C, kN> values{};
      if (g != C{0}) {
        values = load<kN>(x + j);
        for (int k = 0; k < kN; ++k) {
          const C p = exp(values.at[k] - log_sum) - targets.even;
          values.at[k] = g * (j + k == at ? p - targets.sharp : p);
        }
      }
      store<kN>(y + j, values);
    });
  }
};

bool supports(const KernelCall& call) {
  const View &logits = call.inputs[0], &targets = call.inputs[1];
  return is_matrix(logits) && targets.dtype == DType::i64 && call.outputs[0].contiguous();
}

std::int32_t extras(const KernelCall& call, TensorSpec* out) {
  const View& losses = call.outputs[0];
  out[0].dtype = losses.dtype;
  out[0].rank = losses.rank;
  for (int i = 0; i < losses.rank; ++i) out[0].shape[i] = losses.shape[i];
  return 1;
}

void forward(const KernelCall& call) {
  const View &logits = call.inputs[0], &losses = call.outputs[0];
  with_floating(logits.dtype, [&](auto element) {
    using T = decltype(element);
    using C = Compute<T>;
    const auto rows = matrix_of<const T>(logits);
    rows_of_length(rows.rows, rows.columns, call.stream, "softmax_xent",
                   LossKernel<T>{rows, Targets<C>(call.inputs[1], call.attributes, rows.columns), losses.as<C>(),
                                 call.output_count > 1 ? call.outputs[1].as<C>() : nullptr,
                                 call.extra_count > 0 ? call.extras[0].as<C>() : nullptr});
  });
}

void backward(const BackwardCall& call) {
  if (!call.input_gradients[0].present()) return;
  const View &logits = call.inputs[0], &gradients = call.output_gradients[0];
  with_floating(logits.dtype, [&](auto element) {
    using T = decltype(element);
    using C = Compute<T>;
    const auto rows = matrix_of<const T>(logits);
    rows_of_length(rows.rows, rows.columns, call.stream, "softmax_xent backward",
                   LossGradientKernel<T>{rows, Targets<C>(call.inputs[1], call.attributes, rows.columns),
                                         call.extras[0].as<const C>(), elements_of(gradients), axes_of(gradients),
                                         call.input_gradients[0].as<T>()});
  });
}

}  // namespace

void add_xent(Rows& rows) {
  KernelRow row = row_of("softmax_xent", forward);
  row.priority = 20;
  row.supports = supports;
  row.backward = backward;
  row.extras = extras;
  row.backward_reads_inputs = 3;
  rows.push_back(row);
}

}  // namespace strata::cuda
