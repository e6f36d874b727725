#include "cuda/fake/cudnn/forward.hpp"

#include <cstring>

#include "cuda/fake/cudnn/cells.hpp"
#include "cuda/fake/cudnn/reserve.hpp"
#include "cuda/fake/cudnn/weights.hpp"

namespace fake::cudnn {
namespace {

// Unit j's sums over its gates, from a row of the input and one of the state.
Sums sums_of(const Weights& weights, std::size_t gates, std::size_t j, const double* x, const double* h) {
  Sums sums{};
  for (std::size_t k = 0; k < gates; ++k) {
    sums.input[k] = weights.line(k, j, x);
    sums.recurrent[k] = weights.line(gates + k, j, h);
  }
  return sums;
}

// The state is stored in the layer's type between steps.
double stored(void* data, std::size_t i, Format format, double x) {
  write(data, i, format, x);
  return read(data, i, format);
}

}  // namespace

void layer_forward(const Forward& call) {
  const Layer& layer = call.layer;
  const Format format = layer.format();
  const std::size_t units = layer.units();
  const Weights weights(layer, call.weights);
  const Numbers x = read_all(call.x, layer.time * layer.batch * layer.input, format);
  Numbers h = read_all(call.hx, units, format), c = read_all(layer.lstm() ? call.cx : nullptr, units, format);
  Numbers kept(Reserve::numbers(layer));
  const Reserve reserve(kept.data(), layer);
  for (std::size_t t = 0; t < layer.time; ++t) {
    const Numbers before = h;
    for (std::size_t b = 0; b < layer.batch; ++b) {
      const double *x_row = x.data() + (t * layer.batch + b) * layer.input, *h_row = before.data() + b * layer.hidden;
      for (std::size_t j = 0; j < layer.hidden; ++j) {
        const std::size_t unit = b * layer.hidden + j;
        const Sums sums = sums_of(weights, layer.gates(), j, x_row, h_row);
        const State after = unit_forward(layer.mode, sums, {before[unit], c[unit]}, reserve.at(t, b, j));
        c[unit] = after.cell;
        h[unit] = stored(call.y, t * units + unit, format, after.hidden);
      }
    }
  }
  write_all(call.hy, h, format);
  if (layer.lstm()) write_all(call.cy, c, format);
  if (call.reserve == nullptr) return;
  reserve.mark(Reserve::kForward);
  std::memcpy(call.reserve, kept.data(), Reserve::bytes(layer));
}

}  // namespace fake::cudnn
