// Reference kernels of the reductions: sum, max with its first place, topk.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/reference/reference.hpp"

namespace strata::detail::reference {
namespace {

// Axes of bit mask `axes` go; the result is filled flat, as a kept axis of extent 1 moves nothing.
void sum(const KernelCall& call) {
  const Array x = load(call.inputs[0]);
  const std::int64_t axes = call.attributes.integer("axes");
  Array y = like(call.outputs[0]);
  Extents index(x.shape.size(), 0);
  for (const double value : x.values) {
    std::int64_t at = 0;
    for (std::size_t i = 0; i < index.size(); ++i) {
      if (((axes >> i) & 1) == 0) at = at * x.shape[i] + index[i];
    }
    y.flat(at) += value;
    (void)next_index(index, x.shape);
  }
  store(call.outputs[0], y);
}

void max(const KernelCall& call) {
  const Array x = load(call.inputs[0]);
  const auto axis = static_cast<int>(call.attributes.integer("axis"));
  Array values = like(call.outputs[0]), places = like(call.outputs[1]);
  std::int64_t before = 1, after = 1;
  for (int i = 0; i < axis; ++i) before *= x.size(i);
  for (int i = axis + 1; i < x.rank(); ++i) after *= x.size(i);
  const std::int64_t n = x.size(axis);
  for (std::int64_t i = 0; i < before; ++i) {
    for (std::int64_t j = 0; j < after; ++j) {
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < n; ++k) {
        if (x.flat((i * n + k) * after + j) > x.flat((i * n + best) * after + j)) best = k;
      }
      values.flat(i * after + j) = x.flat((i * n + best) * after + j);
      places.flat(i * after + j) = static_cast<double>(best);
    }
  }
  store(call.outputs[0], values);
  store(call.outputs[1], places);
}

void topk(const KernelCall& call) {
  const Array x = load(call.inputs[0]);
  const std::int64_t k = call.attributes.integer("k"), n = x.size(-1);
  Array values = like(call.outputs[0]), places = like(call.outputs[1]);
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int64_t a, std::int64_t b) { return x.flat(row * n + a) > x.flat(row * n + b); });
    for (std::int64_t i = 0; i < k; ++i) {
      const std::int64_t at = order[static_cast<std::size_t>(i)];
      values.flat(row * k + i) = x.flat(row * n + at);
      places.flat(row * k + i) = static_cast<double>(at);
    }
  }
  store(call.outputs[0], values);
  store(call.outputs[1], places);
}

// As topk; then log sum exp(x - largest).
void top_logits(const KernelCall& call) {
  topk(call);
  const Array x = load(call.inputs[0]), best = load(call.outputs[0]);
  const std::int64_t k = call.attributes.integer("k"), n = x.size(-1);
  Array log_sums = like(call.outputs[2]);
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += std::exp(x.flat(row * n + i) - best.flat(row * k));
    log_sums.flat(row) = std::log(sum);
  }
  store(call.outputs[2], log_sums);
}

}  // namespace

void add_reduce(KernelRows& rows) {
  rows.push_back(reference_row("sum", sum));
  rows.push_back(reference_row("max", max));
  rows.push_back(reference_row("topk", topk));
  rows.push_back(reference_row("top_logits", top_logits));
}

}  // namespace strata::detail::reference
