// Reference kernels of the fused ops over rows: linear, softmax, log_softmax, softmax_xent, layer_norm.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "ops/reference/reference.hpp"
#include "strata/ops/fused.hpp"

namespace strata::detail::reference {
namespace {

double activate(double z, Activation activation) {
  switch (activation) {
    case Activation::none: return z;
    case Activation::relu: return z < 0 ? 0 : z;
    case Activation::tanh: return std::tanh(z);
    case Activation::sigmoid: return sigmoid(z);
    case Activation::gelu: return z * 0.5 * std::erfc(-z / std::numbers::sqrt2);
  }
  return z;
}

// x [..., I], weight [O, I], bias [O], addend [..., O] -> [..., O]
void linear(const KernelCall& call) {
  const Array x = load(call.inputs[0]), weight = load(call.inputs[1]), bias = input(call, 2), addend = input(call, 3);
  const auto activation = static_cast<Activation>(call.attributes.integer("activation"));
  Array y = like(call.outputs[0]);
  const std::int64_t inputs = weight.size(1), outputs = weight.size(0);
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    const std::int64_t row = i / outputs, o = i % outputs;
    double z = (bias.given() ? bias.at(o) : 0) + (addend.given() ? addend.flat(i) : 0);
    for (std::int64_t k = 0; k < inputs; ++k) z += x.flat(row * inputs + k) * weight.at(o, k);
    y.flat(i) = activate(z, activation);
  }
  store(call.outputs[0], y);
}

// x [..., I], then weight [O, I] and bias [O] of each -> [..., O] each
void linears(const KernelCall& call) {
  for (std::int32_t i = 0; i < call.output_count; ++i) {
    const View inputs[] = {call.inputs[0], call.inputs[2 * i + 1], call.inputs[2 * i + 2]};
    KernelCall one = call;
    one.inputs = inputs, one.input_count = 3;
    one.outputs = call.outputs + i, one.output_count = 1;
    linear(one);
  }
}

// x [..., I], codes [O, I], scale [O], bias [O] -> [..., O]: both sides as integers
void linear_int8(const KernelCall& call) {
  const Array x = load(call.inputs[0]), codes = load(call.inputs[1]), scale = load(call.inputs[2]),
              bias = input(call, 3);
  const auto activation = static_cast<Activation>(call.attributes.integer("activation"));
  Array y = like(call.outputs[0]);
  const std::int64_t inputs = codes.size(1), outputs = codes.size(0);
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    double magnitude = 0, rest = 0;  // NaN where an element is not finite
    for (std::int64_t k = 0; k < inputs; ++k) {
      magnitude = std::max(magnitude, std::abs(x.flat(row * inputs + k)));
      rest += x.flat(row * inputs + k) - x.flat(row * inputs + k);
    }
    for (std::int64_t o = 0; o < outputs; ++o) {
      double sum = rest;
      for (std::int64_t k = 0; k < inputs && magnitude > 0; ++k) {
        sum += std::nearbyint(x.flat(row * inputs + k) * (127 / magnitude)) * codes.at(o, k);
      }
      const double z = sum * (magnitude / 127) * scale.at(o) + (bias.given() ? bias.at(o) : 0);
      y.flat(row * outputs + o) = activate(z, activation);
    }
  }
  store(call.outputs[0], y);
}

// A row as seen from its highest kept element: exp(x - highest) sums to `total`. Kept apart, as highest + log(total)
// would lose the digits of a small log(total).
struct RowSum {
  double highest, total;
  double log_probability(double x) const { return (x - highest) - std::log(total); }
  double probability(double x) const { return std::exp(x - highest) / total; }
};
template <class Kept>
RowSum sum_row(const Array& x, std::int64_t row, const Kept& kept) {
  const std::int64_t n = x.size(-1);
  RowSum sum{-std::numeric_limits<double>::infinity(), 0};
  for (std::int64_t i = row * n; i < (row + 1) * n; ++i) {
    if (kept(i)) sum.highest = std::max(sum.highest, x.flat(i));
  }
  for (std::int64_t i = row * n; i < (row + 1) * n; ++i) {
    if (kept(i)) sum.total += std::exp(x.flat(i) - sum.highest);
  }
  return sum;
}

bool all(std::int64_t) { return true; }

void softmax(const KernelCall& call) {
  const Array x = load(call.inputs[0]), mask = input(call, 1);
  std::vector<bool> keep(x.values.size(), true);
  Extents index(x.shape.size(), 0);
  for (std::size_t i = 0; mask.given() && i < keep.size(); ++i) {
    keep[i] = broadcast_at(mask, index) != 0;
    (void)next_index(index, x.shape);
  }
  const auto kept = [&](std::int64_t i) { return keep[static_cast<std::size_t>(i)]; };
  Array y = like(call.outputs[0]);
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    const RowSum sum = sum_row(x, row, kept);
    for (std::int64_t i = row * x.size(-1); i < (row + 1) * x.size(-1); ++i) {
      y.flat(i) = kept(i) ? sum.probability(x.flat(i)) : 0;
    }
  }
  store(call.outputs[0], y);
}

void log_softmax(const KernelCall& call) {
  const Array x = load(call.inputs[0]);
  Array y = like(call.outputs[0]);
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    const RowSum sum = sum_row(x, row, all);
    for (std::int64_t i = row * x.size(-1); i < (row + 1) * x.size(-1); ++i) y.flat(i) = sum.log_probability(x.flat(i));
  }
  store(call.outputs[0], y);
}

// -(sum over j of q_j log p_j), q = (1 - smoothing) [j == target] + smoothing / V; a second output is -log p_target.
void softmax_xent(const KernelCall& call) {
  const Array logits = load(call.inputs[0]), targets = load(call.inputs[1]);
  const double smoothing = call.attributes.number("smoothing");
  const std::int64_t ignore = call.attributes.integer("ignore"), classes = logits.size(-1);
  const bool reports = call.output_count > 1;
  Array losses = like(call.outputs[0]), nll = losses;
  for (std::int64_t row = 0; row < losses.numel(); ++row) {
    const auto target = static_cast<std::int64_t>(targets.flat(row));
    if (target == ignore) continue;
    const RowSum sum = sum_row(logits, row, all);
    for (std::int64_t j = 0; j < classes; ++j) {
      const double q = (j == target ? 1 - smoothing : 0) + smoothing / static_cast<double>(classes);
      losses.flat(row) -= q * sum.log_probability(logits.flat(row * classes + j));
    }
    nll.flat(row) = -sum.log_probability(logits.flat(row * classes + target));
  }
  store(call.outputs[0], losses);
  if (reports) store(call.outputs[1], nll);
}

void layer_norm(const KernelCall& call) {
  const Array x = load(call.inputs[0]), scale = load(call.inputs[1]), shift = load(call.inputs[2]);
  Array y = like(call.outputs[0]);
  const std::int64_t n = x.size(-1);
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    double mean = 0, variance = 0;
    for (std::int64_t j = 0; j < n; ++j) mean += x.flat(row * n + j) / static_cast<double>(n);
    for (std::int64_t j = 0; j < n; ++j) variance += std::pow(x.flat(row * n + j) - mean, 2) / static_cast<double>(n);
    for (std::int64_t j = 0; j < n; ++j) {
      const double normal = (x.flat(row * n + j) - mean) / std::sqrt(variance + call.attributes.number("eps"));
      y.flat(row * n + j) = normal * scale.at(j) + shift.at(j);
    }
  }
  store(call.outputs[0], y);
}

void rms_norm(const KernelCall& call) {
  const Array x = load(call.inputs[0]), scale = load(call.inputs[1]);
  Array y = like(call.outputs[0]);
  const std::int64_t n = x.size(-1);
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    double square = 0;
    for (std::int64_t j = 0; j < n; ++j) square += std::pow(x.flat(row * n + j), 2) / static_cast<double>(n);
    for (std::int64_t j = 0; j < n; ++j) {
      y.flat(row * n + j) = x.flat(row * n + j) / std::sqrt(square + call.attributes.number("eps")) * scale.at(j);
    }
  }
  store(call.outputs[0], y);
}

// x [B,T,H,D], positions [B or 1,T], frequencies [F]
void rotary(const KernelCall& call) {
  const Array x = load(call.inputs[0]), positions = load(call.inputs[1]), frequencies = load(call.inputs[2]);
  const double factor = call.attributes.number("factor"), sign = call.attributes.flag("back") ? -1 : 1;
  const std::int64_t pairs = frequencies.size(0);
  Array y = x;
  for (std::int64_t b = 0; b < x.size(0); ++b) {
    for (std::int64_t t = 0; t < x.size(1); ++t) {
      for (std::int64_t h = 0; h < x.size(2); ++h) {
        for (std::int64_t i = 0; i < pairs; ++i) {
          const double angle = positions.at(positions.size(0) == 1 ? 0 : b, t) * frequencies.at(i);
          const double c = factor * std::cos(angle), s = factor * sign * std::sin(angle);
          y.at(b, t, h, i) = x.at(b, t, h, i) * c - x.at(b, t, h, i + pairs) * s;
          y.at(b, t, h, i + pairs) = x.at(b, t, h, i + pairs) * c + x.at(b, t, h, i) * s;
        }
      }
    }
  }
  store(call.outputs[0], y);
}

}  // namespace

void add_rows(KernelRows& rows) {
  rows.push_back(reference_row("linear", linear));
  rows.push_back(reference_row("linears", linears));
  rows.push_back(reference_row("linear_int8", linear_int8));
  rows.push_back(reference_row("softmax", softmax));
  rows.push_back(reference_row("log_softmax", log_softmax));
  rows.push_back(reference_row("softmax_xent", softmax_xent));
  rows.push_back(reference_row("layer_norm", layer_norm));
  rows.push_back(reference_row("rms_norm", rms_norm));
  rows.push_back(reference_row("rotary", rotary));
}

}  // namespace strata::detail::reference
