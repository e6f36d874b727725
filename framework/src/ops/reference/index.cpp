// Reference kernels of the ops that read and add by index.
#include <cmath>

#include "ops/reference/reference.hpp"

namespace strata::detail::reference {
namespace {

std::int64_t index_at(const Array& index, std::int64_t i) { return static_cast<std::int64_t>(index.flat(i)); }

void iota(const KernelCall& call) {
  Array y = like(call.outputs[0]);
  for (std::int64_t i = 0; i < y.numel(); ++i) y.flat(i) = static_cast<double>(i);
  store(call.outputs[0], y);
}

// x [N, ...], rows [...] -> rows.shape + [...]; an embedding is the same, stored in its own dtype.
void index_rows(const KernelCall& call) {
  const Array x = load(call.inputs[0]), rows = load(call.inputs[1]);
  Array y = like(call.outputs[0]);
  const std::int64_t width = x.size(0) > 0 ? x.numel() / x.size(0) : 0;
  for (std::int64_t i = 0; i < rows.numel(); ++i) {
    for (std::int64_t j = 0; j < width; ++j) y.flat(i * width + j) = x.flat(index_at(rows, i) * width + j);
  }
  store(call.outputs[0], y);
}

void scatter_rows(const KernelCall& call) {
  const Array x = load(call.inputs[0]), rows = load(call.inputs[1]);
  Array y = load(call.outputs[0]);
  const std::int64_t width = y.size(0) > 0 ? y.numel() / y.size(0) : 0;
  for (std::int64_t i = 0; i < rows.numel(); ++i) {
    if (index_at(rows, i) == call.attributes.integer("padding", -1)) continue;
    for (std::int64_t j = 0; j < width; ++j) y.flat(index_at(rows, i) * width + j) += x.flat(i * width + j);
  }
  store(call.outputs[0], y);
}

// x [..., N], index [...] -> [...]
void pick(const KernelCall& call) {
  const Array x = load(call.inputs[0]), index = load(call.inputs[1]);
  Array y = like(call.outputs[0]);
  for (std::int64_t i = 0; i < y.numel(); ++i) y.flat(i) = x.flat(i * x.size(-1) + index_at(index, i));
  store(call.outputs[0], y);
}

void scatter_pick(const KernelCall& call) {
  const Array x = load(call.inputs[0]), index = load(call.inputs[1]);
  Array y = load(call.outputs[0]);
  for (std::int64_t i = 0; i < x.numel(); ++i) y.flat(i * y.size(-1) + index_at(index, i)) += x.flat(i);
  store(call.outputs[0], y);
}

// x * scale + the sinusoids of the positions, one row for all of x or a row each.
void add_sinusoid(const KernelCall& call) {
  const Array x = load(call.inputs[0]), positions = load(call.inputs[1]);
  const double scale = call.attributes.number("scale");
  Array y = like(call.outputs[0]);
  const std::int64_t width = x.size(2);
  for (std::int64_t row = 0; row < x.size(0); ++row) {
    for (std::int64_t t = 0; t < x.size(1); ++t) {
      const double at = positions.at(positions.size(0) == 1 ? 0 : row, t);
      for (std::int64_t c = 0; c < width; ++c) {
        const double angle = at / std::pow(10000.0, static_cast<double>(c - c % 2) / static_cast<double>(width));
        y.at(row, t, c) = x.at(row, t, c) * scale + (c % 2 == 0 ? std::sin(angle) : std::cos(angle));
      }
    }
  }
  store(call.outputs[0], y);
}

// t < lengths[b]
void length_mask(const KernelCall& call) {
  const Array lengths = load(call.inputs[0]);
  Array y = like(call.outputs[0]);
  for (std::int64_t row = 0; row < y.size(0); ++row) {
    for (std::int64_t t = 0; t < y.size(1); ++t) y.at(row, t) = static_cast<double>(t) < lengths.at(row) ? 1 : 0;
  }
  store(call.outputs[0], y);
}

}  // namespace

void add_index(KernelRows& rows) {
  rows.push_back(reference_row("iota", iota));
  rows.push_back(reference_row("add_sinusoid", add_sinusoid));
  rows.push_back(reference_row("length_mask", length_mask));
  rows.push_back(reference_row("index_rows", index_rows));
  rows.push_back(reference_row("embedding", index_rows));
  rows.push_back(reference_row("scatter_rows", scatter_rows));
  rows.push_back(reference_row("pick", pick));
  rows.push_back(reference_row("scatter_pick", scatter_pick));
}

}  // namespace strata::detail::reference
