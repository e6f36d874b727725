#include "cuda/fake/cudnn/backward.hpp"

#include "cuda/fake/cudnn/cells.hpp"
#include "cuda/fake/cudnn/reserve.hpp"
#include "cuda/fake/cudnn/weights.hpp"

namespace fake::cudnn {
namespace {

// to += factor row, of `count` numbers.
void add(double* to, double factor, const double* row, std::size_t count) {
  for (std::size_t m = 0; m < count; ++m) to[m] += factor * row[m];
}

// What the weights were multiplied with.
struct Factors {
  const Layer& layer;
  Numbers x, y, first;

  // Of matrix i in step t: row b of x, or of the states before.
  const double* at(std::size_t i, std::size_t t, std::size_t b) const {
    if (i < layer.gates()) return x.data() + (t * layer.batch + b) * layer.input;
    return t == 0 ? first.data() + b * layer.hidden : y.data() + ((t - 1) * layer.batch + b) * layer.hidden;
  }
};

// The gradient of row j of matrix i, and behind it that of its bias.
Numbers row_gradient(const Reserve& reserve, const Factors& factors, std::size_t i, std::size_t j) {
  const Layer& layer = factors.layer;
  const std::size_t gates = layer.gates(), width = width_of(layer, i);
  const std::size_t place = i < gates ? i : recurrent_place(layer.mode, i - gates);
  Numbers row(width + 1);
  for (std::size_t t = 0; t < layer.time; ++t) {
    for (std::size_t b = 0; b < layer.batch; ++b) {
      const double d = reserve.at(t, b, j)[place];
      add(row.data(), d, factors.at(i, t, b), width);
      row.back() += d;
    }
  }
  return row;
}

}  // namespace

void data_backward(const BackwardData& call) {
  const Layer& layer = call.layer;
  const Format format = layer.format();
  const std::size_t units = layer.units(), gates = layer.gates();
  const Reserve reserve(static_cast<double*>(call.reserve), layer);
  reserve.expect(Reserve::kForward);
  const Weights weights(layer, call.weights);
  const Numbers y = read_all(call.y, layer.time * units, format), dy = read_all(call.dy, layer.time * units, format),
                first = read_all(call.hx, units, format);
  Numbers dh = read_all(call.dhy, units, format), dc = read_all(layer.lstm() ? call.dcy : nullptr, units, format);
  Numbers dx(layer.time * layer.batch * layer.input);
  for (std::size_t t = layer.time; t-- > 0;) {
    Numbers d_before(units);
    for (std::size_t b = 0; b < layer.batch; ++b) {
      double *dx_row = dx.data() + (t * layer.batch + b) * layer.input, *dh_row = d_before.data() + b * layer.hidden;
      for (std::size_t j = 0; j < layer.hidden; ++j) {
        const std::size_t unit = b * layer.hidden + j, here = t * units + unit;
        double* kept = reserve.at(t, b, j);
        const double hidden = t > 0 ? y[here - units] : first[unit];
        const State before = unit_backward(layer.mode, {dh[unit] + dy[here], dc[unit]}, hidden, kept);
        dc[unit] = before.cell;
        d_before[unit] += before.hidden;
        for (std::size_t k = 0; k < gates; ++k) {
          add(dx_row, kept[k], weights.row(k, j), layer.input);
          add(dh_row, kept[recurrent_place(layer.mode, k)], weights.row(gates + k, j), layer.hidden);
        }
      }
    }
    dh = d_before;
  }
  write_all(call.dx, dx, format);
  write_all(call.dhx, dh, format);
  if (layer.lstm()) write_all(call.dcx, dc, format);
  reserve.mark(Reserve::kBackward);
}

void weights_backward(const BackwardWeights& call) {
  const Layer& layer = call.layer;
  const Format format = layer.format();
  const std::size_t units = layer.units();
  const Reserve reserve(static_cast<double*>(call.reserve), layer);
  reserve.expect(Reserve::kBackward);
  const Factors factors{layer, read_all(call.x, layer.time * layer.batch * layer.input, format),
                        read_all(call.y, layer.time * units, format), read_all(call.hx, units, format)};
  const Places places(layer);
  const auto increase = [&](std::size_t at, double by) {
    write(call.d_weights, at, format, read(call.d_weights, at, format) + by);
  };
  for (std::size_t i = 0; i < 2 * layer.gates(); ++i) {
    const std::size_t width = width_of(layer, i);
    for (std::size_t j = 0; j < layer.hidden; ++j) {
      const Numbers row = row_gradient(reserve, factors, i, j);
      for (std::size_t m = 0; m < width; ++m) increase(places.matrix[i] + j * width + m, row[m]);
      increase(places.bias[i] + j, row.back());
    }
  }
}

}  // namespace fake::cudnn
